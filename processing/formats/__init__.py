"""Readers: what a file is, checks before every parser, and streams of points."""
