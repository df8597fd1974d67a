"""What can go wrong with frames and placements."""

from storage.errors import ConflictError, InvalidError


class FrameExistsError(ConflictError):
    """The subject owns a frame already; frames are immutable."""

    kind = "frame-exists"


class AlternativeUnknownError(InvalidError):
    """The placement has no alternative of this number."""

    kind = "alternative-unknown"


class VersionNotInspectedError(ConflictError):
    """Nothing is known of the version yet."""

    kind = "version-not-inspected"


class NothingToRegisterToError(ConflictError):
    """There is neither a placed version nor a control point."""

    kind = "nothing-to-register-to"
