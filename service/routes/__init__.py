"""Routes: one file per domain; each parses, calls one function, answers."""
