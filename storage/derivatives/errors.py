"""What can go wrong with derivatives."""

from storage.errors import ConflictError


class DerivativeNotBuildingError(ConflictError):
    """The derivative is not one that this attempt has begun and not finished."""

    kind = "derivative-not-building"


class NothingToCutError(ConflictError):
    """The version is no point cloud, so no part of it can be cut out."""

    kind = "nothing-to-cut"
