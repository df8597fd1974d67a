"""Specs of bundles."""
