"""What can go wrong with repeated requests."""

from storage.errors import ConflictError


class IdempotencyMismatchError(ConflictError):
    """The same `Idempotency-Key` came with another request."""

    kind = "idempotency-mismatch"
