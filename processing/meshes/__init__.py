"""Meshes: reading, cleaning, decimating, levels of detail, tiles and pictures."""
