"""What can go wrong with objects."""

from storage.errors import ConflictError, InvalidError, NotFoundError


class ObjectNotFoundError(NotFoundError):
    """There is no object with this key."""

    kind = "object-not-found"


class MultipartNotFoundError(NotFoundError):
    """There is no such multipart upload (any more)."""

    kind = "multipart-not-found"


class PartsRefusedError(ConflictError):
    """The parts do not make the object: one is missing, too small, or not what its etag says."""

    kind = "parts-refused"


class ChecksumMismatchError(InvalidError):
    """The bytes are not those their checksum or size promised."""

    kind = "checksum-mismatch"


class RangeOutsideError(InvalidError):
    """The range asked for does not lie in the object."""

    kind = "range-outside"
