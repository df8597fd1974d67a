"""Finds where one scan stands on another, and says how far that is to be trusted."""
