"""Meshes of several files, and the zips they come in: what belongs together, and whether all is there."""
