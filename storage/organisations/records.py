"""Organisations, persons, members and keys, as readers see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from storage.callers import Caller


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """One organisation."""

    id: UUID
    code: str
    name: str
    quota_bytes: int | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Person:
    """One person."""

    id: UUID
    name: str
    server_admin: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Member:
    """A person in an organisation."""

    person_id: UUID
    name: str
    role: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Key:
    """A key, without its secret."""

    id: UUID
    person_id: UUID
    organisation_id: UUID | None
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """A key just made: the only time its secret is known."""

    key: Key
    secret: str


@dataclass(frozen=True, kw_only=True)
class OrganisationRole:
    """An organisation, and what the caller is in it."""

    id: UUID
    code: str
    name: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Me:
    """The caller about himself."""

    person: Person
    organisations: tuple[OrganisationRole, ...]
    scopes: tuple[str, ...]
    server_admin: bool


@dataclass(frozen=True, kw_only=True)
class NewSession:
    """A session just opened; `token` goes into the cookie and is not kept."""

    session_id: UUID
    token: str
    expires_at: datetime
    caller: Caller


@dataclass(frozen=True, kw_only=True)
class NewLoginLink:
    """A login link just made; `token` opens one session, once."""

    token: str
    expires_at: datetime
