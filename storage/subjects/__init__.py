"""The tree of things documented, with its names and places kept for ever."""
