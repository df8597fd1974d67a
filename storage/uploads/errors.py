"""What can go wrong with uploads."""

from storage.errors import ConflictError, InvalidError


class UploadNotOpenError(ConflictError):
    """The upload has been received, refused or abandoned: no more parts."""

    kind = "upload-not-open"


class UploadPartsMismatchError(InvalidError):
    """The parts do not add up to what was promised; `details` has what was promised and what was found."""

    kind = "upload-parts-mismatch"


class UnknownPartError(InvalidError):
    """The file has no such part, or the part another size."""

    kind = "unknown-part"


class InvalidUploadError(InvalidError):
    """What was promised cannot be kept: no files, two with one path, or a path outside."""

    kind = "invalid-upload"
