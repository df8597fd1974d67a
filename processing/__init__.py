"""Geometry: files and arrays in, files and arrays out."""
