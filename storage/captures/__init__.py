"""Dated survey campaigns."""
