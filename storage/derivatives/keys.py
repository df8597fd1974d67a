"""Where the bytes of derivatives lie."""

from uuid import UUID

WORK = "work"
"""The kind whose bytes are only passed from job to job, and lie under a prefix of their own."""


def prefix(derivative_id: UUID, kind: str = "") -> str:
    """Return what all keys of a derivative begin with."""
    return f"{'work' if kind == WORK else 'derivatives'}/{derivative_id}/"


def object_key(derivative_id: UUID, path: str, kind: str = "") -> str:
    """Return the key of one file that a derivative's own attempt put."""
    return prefix(derivative_id, kind) + path
