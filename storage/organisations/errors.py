"""What can go wrong with who."""

from storage.errors import ConflictError, InvalidError, UnauthorizedError


class OrganisationCodeTakenError(ConflictError):
    """Another organisation has this code."""

    kind = "organisation-code-taken"


class KeyUnknownError(UnauthorizedError):
    """No live key, session or link has this secret."""

    kind = "unknown-key"


class ScopeUnknownError(InvalidError):
    """A key was asked for with a scope that does not exist."""

    kind = "scope-unknown"


class LastAdminError(ConflictError):
    """An organisation without an admin could not be given one again by its own people."""

    kind = "last-admin"


class RoleUnknownError(InvalidError):
    """There is no such role."""

    kind = "role-unknown"
