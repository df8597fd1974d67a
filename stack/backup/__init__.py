"""Backups of one machine: rows first, then the objects they name; and back."""
