"""Answers already given to a repeated request."""
