"""What can go wrong with frames and placements."""

from storage.errors import ConflictError, InvalidError


class FrameExistsError(ConflictError):
    """The subject owns a frame already; frames are immutable."""

    kind = "frame-exists"


class AlternativeUnknownError(InvalidError):
    """The placement has no alternative of this number."""

    kind = "alternative-unknown"
