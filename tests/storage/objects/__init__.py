"""Specs of the object store."""
