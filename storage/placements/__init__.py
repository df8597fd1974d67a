"""Frames, evidence for where versions stand in them, and decisions on it."""
