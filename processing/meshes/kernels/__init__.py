"""The simplifiers: meshoptimizer's as WASM, and our own for where that cannot be had."""
