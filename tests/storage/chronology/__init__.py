"""Specs of structure and time."""
