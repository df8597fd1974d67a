"""The errors the edge itself raises; everything else comes from storage. Kinds are public."""

from typing import Any


class EdgeError(Exception):
    """The base of the errors raised by the API on its own account."""

    kind = "edge-error"

    def __init__(self, message: str, *, hint: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details


class AuthenticationRequiredError(EdgeError):
    """Nobody is known to ask, and this needs somebody."""

    kind = "authentication-required"


class TokenExpiredError(EdgeError):
    """A tile token is past its day, or not one of ours: ask for the endpoint again."""

    kind = "token-expired"


class BadOriginError(EdgeError):
    """A page of another origin tried to write with our cookie."""

    kind = "bad-origin"


class BrokenIndexError(EdgeError):
    """The index of a derivative is not what our tiler writes: no tile of it is served."""

    kind = "broken-tiles"


class NoTilesYetError(EdgeError):
    """Nothing of the version can be streamed yet; its jobs may still be running."""

    kind = "no-tiles-yet"


class NotPlacedError(EdgeError):
    """The version has no accepted placement, so it cannot be shown in its frame."""

    kind = "not-placed"


class NotPublicError(EdgeError):
    """A public address was asked for a version that is not public."""

    kind = "not-public"


class RangeNotSatisfiableError(EdgeError):
    """The byte range asked lies outside the content."""

    kind = "range-not-satisfiable"


class TooManyStreamsError(EdgeError):
    """As many event streams are open as there may be: close some, or ask for the state now and then."""

    kind = "too-many-streams"


class InvalidIdempotencyKeyError(EdgeError):
    """The Idempotency-Key header is empty or too long."""

    kind = "invalid-idempotency-key"


class DiskFullError(EdgeError):
    """So little is free on the server's disk that no new bytes are let in."""

    kind = "disk-full"


class InvalidRegionError(EdgeError):
    """The box or prism of a cut makes no sense."""

    kind = "invalid-region"


class RegionOutsideError(EdgeError):
    """The box or prism of a cut lies where the version has no points."""

    kind = "region-outside"


class NotReadyError(EdgeError):
    """Something needed to work is missing."""

    kind = "not-ready"
