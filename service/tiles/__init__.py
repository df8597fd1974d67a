"""Tiles out of packs: who may read, what lies where, and the bytes."""
