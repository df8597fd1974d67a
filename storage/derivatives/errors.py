"""What can go wrong with derivatives."""

from storage.errors import ConflictError


class DerivativeNotBuildingError(ConflictError):
    """The derivative is not one that this attempt has begun and not finished."""

    kind = "derivative-not-building"
