"""What can go wrong in a worker, as kinds the job's row keeps and the API shows."""

from __future__ import annotations

# The closed list of kinds a job may fail with. The room's child is a stranger's mouthpiece: a kind it
# reports that is not in this list is recorded as "internal".
KINDS = frozenset(
    {
        "unknown-format",
        "unsupported-format",
        "mislabelled",
        "empty-file",
        "truncated",
        "invalid-header",
        "count-mismatch",
        "corrupt-data",
        "empty-result",
        "non-finite",
        "index-out-of-range",
        "external-reference",
        "missing-reference",
        "too-large",
        "too-deep",
        "unknown-crs",
        "invalid-arguments",
        "invalid-region",
        "kernel-missing",
        "registration-failed",
        "memory-limit",
        "disk-limit",
        "time-limit",
        "parser-crash",
        "cancelled",
        "room-unavailable",
        "worker-lost",
        "output-refused",
        "storage-unavailable",
        "checksum-mismatch",
        "dependency-failed",
        "work-gone",
        "internal",
    }
)


class WorkerError(Exception):
    """A job cannot go on; ``kind`` says why, ``hint`` what would help."""

    kind: str = "internal"

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class JobFailedError(WorkerError):
    """The work was tried and failed with a kind from the closed list."""

    def __init__(self, kind: str, message: str, *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.kind = kind if kind in KINDS else "internal"


class OutputRefusedError(WorkerError):
    """The room handed out something other than the plain files it named."""

    kind = "output-refused"


class RoomUnavailableError(WorkerError):
    """Bubblewrap cannot run here and the room is strict."""

    kind = "room-unavailable"


class StorageUnavailableError(WorkerError):
    """The object store did not answer, or not with the bytes it should hold."""

    kind = "storage-unavailable"
