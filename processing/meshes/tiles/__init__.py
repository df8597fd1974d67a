"""Tiles of a mesh of any size: spilled by cell, made chunk by chunk, joined upwards."""
