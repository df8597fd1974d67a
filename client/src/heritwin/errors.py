"""What can go wrong on the client's side, each with a way out."""

from __future__ import annotations


class ClientError(Exception):
    """A failure with a stable ``kind``, a message that names the value, and a hint at what to do next."""

    kind = "client-error"
    # 75 (EX_TEMPFAIL of sysexits.h) says to a script: run it again, it goes on.
    exit_code = 1

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


class StoreRefusedError(ClientError):
    """The object store refuses the bytes of a part, again and again."""

    kind = "store-refused"


class PausedError(ClientError):
    """The upload was stopped on purpose; what arrived is kept, and it can go on."""

    kind = "paused"
    exit_code = 75


class EarlyProblemError(PausedError):
    """The server's early word names a problem, and the upload was to stop then."""

    kind = "early-problem"


class KeyExpiredError(PausedError):
    """The server no longer takes the key: the upload is paused until there is another one."""

    kind = "key-expired"


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
