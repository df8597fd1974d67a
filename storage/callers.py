"""The caller of a read or write: anonymous, a person by key, or a person by session."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from uuid import UUID

from storage.errors import ForbiddenError


class Role(StrEnum):
    """What a member may do, in growing order."""

    VIEWER = "viewer"
    CONTRIBUTOR = "contributor"
    CURATOR = "curator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """Return the place in the order, from 0."""
        return tuple(Role).index(self)


class Scope(StrEnum):
    """What a key may be used for; its person's role still bounds it."""

    READ = "read"
    WRITE = "write"
    CURATE = "curate"
    ADMIN = "admin"
    HISTORY_IMPORT = "history:import"


ROLE_OF_SCOPE: Mapping[Scope, Role] = MappingProxyType(
    {
        Scope.READ: Role.VIEWER,
        Scope.WRITE: Role.CONTRIBUTOR,
        Scope.CURATE: Role.CURATOR,
        Scope.ADMIN: Role.ADMIN,
    }
)
DEFAULT_SCOPES = (Scope.READ, Scope.WRITE, Scope.CURATE, Scope.ADMIN)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks. `roles` are already cut down to what the key's scopes allow."""

    person_id: UUID | None = None
    key_id: UUID | None = None
    session_id: UUID | None = None
    name: str | None = None
    server_admin: bool = False
    roles: Mapping[UUID, Role] = field(default_factory=lambda: MappingProxyType({}))
    scopes: frozenset[str] = frozenset()

    @property
    def is_anonymous(self) -> bool:
        """Say whether nobody is known to ask."""
        return self.person_id is None

    def organisations(self, at_least: Role) -> list[UUID]:
        """Return the organisations in which the caller's role is `at_least` that."""
        return [key for key, role in self.roles.items() if role.rank >= at_least.rank]

    def has(self, organisation_id: UUID, at_least: Role) -> bool:
        """Say whether the caller's role in the organisation is `at_least` that."""
        role = self.roles.get(organisation_id)
        return self.server_admin or (role is not None and role.rank >= at_least.rank)

    def require(self, organisation_id: UUID, at_least: Role) -> None:
        """Raise ForbiddenError unless the caller `has` that role there."""
        if not self.has(organisation_id, at_least):
            raise ForbiddenError(
                f"this needs the role {at_least.value} in organisation {organisation_id}",
                hint="ask an admin of the organisation for that role",
                role=at_least.value,
            )

    def as_actor(self) -> dict[str, Any]:
        """Return the columns by which an audit row names the caller."""
        return {"person_id": self.person_id, "key_id": self.key_id, "session_id": self.session_id}


ANONYMOUS = Caller()


def effective_role(role: Role, scopes: Iterable[str]) -> Role | None:
    """Return the lesser of the member's role and the highest role the scopes allow; None for none."""
    allowed = [ROLE_OF_SCOPE[Scope(scope)] for scope in scopes if scope in set(ROLE_OF_SCOPE)]
    if not allowed:
        return None
    return min(role, max(allowed, key=lambda r: r.rank), key=lambda r: r.rank)
