"""Specs of the early word."""
