"""Specs of what we keep: rows and bytes."""
