"""What can go wrong with derivatives."""

from storage.errors import ConflictError


class DerivativeNotBuildingError(ConflictError):
    """The derivative is not one that this attempt has begun and not finished."""

    kind = "derivative-not-building"


class NotAPointCloudError(ConflictError):
    """The version is no point cloud, so it can be neither measured nor cleaned as one."""

    kind = "not-a-point-cloud"


class NothingToCutError(ConflictError):
    """The version is no point cloud, so no part of it can be cut out."""

    kind = "nothing-to-cut"
