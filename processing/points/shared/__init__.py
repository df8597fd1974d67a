"""A cloud tiled by several workers: spread into groups of chunks, tiled group by group, joined."""
