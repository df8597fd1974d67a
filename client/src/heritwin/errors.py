"""What can go wrong on the client's side, each with a way out."""

from __future__ import annotations


class ClientError(Exception):
    """A failure with a stable ``kind``, a message that names the value, and a hint at what to do next."""

    kind = "client-error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class NotConfiguredError(ClientError):
    """No server or key is known yet."""

    kind = "not-configured"


class UnreachableError(ClientError):
    """The server did not answer."""

    kind = "unreachable"


class FileChangedError(ClientError):
    """A file changed, vanished or is locked while it was being sent: it is named and never mixed."""

    kind = "file-changed"


class JobsFailedError(ClientError):
    """The bytes arrived, but a job on them failed."""

    kind = "jobs-failed"


class ApiError(ClientError):
    """A problem the server named (RFC 9457)."""

    def __init__(self, status: int, problem: dict[str, object]) -> None:
        super().__init__(
            str(problem.get("detail") or problem.get("title") or f"HTTP {status}"),
            hint=str(problem.get("hint") or ""),
        )
        self.status = status
        self.problem = problem
        self.kind = str(problem.get("kind") or "unknown")
