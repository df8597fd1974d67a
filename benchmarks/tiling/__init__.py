"""The sections of ``python -m benchmarks.cloud_tiles``, each of which can be taken on its own."""
