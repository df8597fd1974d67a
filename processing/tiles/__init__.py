"""Tilesets: their JSON, implicit subtrees, and the sinks they are written into."""
