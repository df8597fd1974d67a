"""What can go wrong with subjects."""

from storage.errors import ConflictError, InvalidError


class CodeTakenError(ConflictError):
    """Another subject has this code in the same place; root codes are unique on the server."""

    kind = "code-taken"


class LocalCodeTakenError(ConflictError):
    """Another subject of the organisation has this local code."""

    kind = "local-code-taken"


class InvalidCodeError(InvalidError):
    """This cannot be one label of a code path."""

    kind = "invalid-code"
