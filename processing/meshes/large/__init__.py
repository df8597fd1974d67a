"""A mesh too large for memory: a lighter copy stands for it, and it is measured chunk by chunk."""
