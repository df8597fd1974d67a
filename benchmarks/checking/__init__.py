"""Holds written tilesets against the clouds they were made of, with none of the tiler's own code."""
