"""What can go wrong in the processing room: one class, a closed list of kinds."""

from __future__ import annotations

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
        "internal",
    }
)


class KnownError(Exception):
    """A failure we can name: its kind is public, its message names the value, its hint the way out."""

    def __init__(self, kind: str, message: str, hint: str | None = None) -> None:
        if kind not in KINDS:
            raise ValueError(f"{kind!r} is not one of the kinds in processing.errors.KINDS")
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.hint = hint

    def as_json(self) -> dict[str, str | None]:
        """Answer the error as it stands in the envelope of a result."""
        return {"kind": self.kind, "message": self.message, "hint": self.hint}
