"""Where the bytes of derivatives lie."""

from uuid import UUID


def prefix(derivative_id: UUID) -> str:
    """Return what all keys of a derivative begin with."""
    return f"derivatives/{derivative_id}/"


def object_key(derivative_id: UUID, path: str) -> str:
    """Return the key of one file of a derivative."""
    return prefix(derivative_id) + path
