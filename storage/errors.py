"""The errors this package raises: one class per thing a caller would do differently.

`kind` is public and stable: kinds are added, never renamed. `details` are JSON values for machines.
"""

from typing import Any


class StorageError(Exception):
    """The base of every error raised here on purpose."""

    kind = "storage-error"

    def __init__(self, message: str, *, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details


class NotFoundError(StorageError):
    """There is no such thing, or the caller may not know of it."""

    kind = "not-found"

    @classmethod
    def of(cls, what: str, name: object) -> "NotFoundError":
        """Return the error for a `what` (one of our words) called `name`."""
        return cls(f"there is no {what} {name}", what=what, name=str(name))


class ForbiddenError(StorageError):
    """The caller sees the thing, and may not do this to it."""

    kind = "forbidden"


class UnauthorizedError(StorageError):
    """The key, session or login link is unknown, expired or revoked."""

    kind = "unauthorized"


class ConflictError(StorageError):
    """The thing is not in a state in which this can be done."""

    kind = "conflict"


class InvalidError(StorageError):
    """A value was given that cannot be stored."""

    kind = "invalid-value"


class QuotaExceededError(StorageError):
    """The organisation has no room left for these bytes."""

    kind = "quota-exceeded"


class UnavailableError(StorageError):
    """The database or the object store does not answer; try again."""

    kind = "storage-unavailable"


class SchemaTooOldError(StorageError):
    """The database's schema is older than this code needs."""

    kind = "schema-too-old"
