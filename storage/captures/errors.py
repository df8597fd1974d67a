"""What can go wrong with captures."""

from storage.errors import ConflictError


class CaptureCodeTakenError(ConflictError):
    """Another capture of the subject has this code."""

    kind = "capture-code-taken"
