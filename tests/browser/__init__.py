"""Specs of the web pages, in a real browser."""
