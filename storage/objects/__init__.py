"""Bytes in an object store."""
