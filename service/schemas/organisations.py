"""Organisations, members, keys, sessions."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints, model_validator

from service.schemas.common import Answer, Body, ShortText

RoleName = Literal["viewer", "contributor", "curator", "admin"]
ScopeName = Literal["read", "write", "curate", "admin", "history:import"]
OrganisationCode = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Secret = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class OrganisationCreate(Body):
    """A new organisation."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"code": "hmcc", "name": "Hue Monuments Conservation Centre"}]}
    )

    code: OrganisationCode
    name: ShortText


class OrganisationRead(Answer):
    """An organisation, and the caller's role in it."""

    id: UUID
    code: str
    name: str
    role: RoleName | None = None
    created_at: datetime | None = None


class MemberCreate(Body):
    """A new person in an organisation, or a known one by id."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Lê Thị Hoa", "role": "contributor"}]})

    name: ShortText | None = None
    person_id: UUID | None = None
    role: RoleName

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if (self.name is None) == (self.person_id is None):
            raise ValueError("give either name (a new person) or person_id")
        return self


class MemberRead(Answer):
    """A person's role in an organisation."""

    person_id: UUID
    name: str
    role: RoleName
    created_at: datetime


class KeyCreate(Body):
    """A new key: yours, or another member's when you are admin."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "field laptop", "scopes": ["read", "write"]}]}
    )

    person_id: UUID | None = None
    name: ShortText
    scopes: list[ScopeName] | None = Field(None, min_length=1, max_length=5)
    expires: AwareDatetime | None = None


class KeyRead(Answer):
    """A key without its secret."""

    id: UUID
    person_id: UUID
    organisation_id: UUID | None = None
    name: str
    scopes: list[str]
    expires: datetime | None = None
    revoked_at: datetime | None = None
    created_at: datetime
    last_used_at: datetime | None = None


class KeyCreated(KeyRead):
    """A key with its secret, which is said this once."""

    key: str


class SessionCreate(Body):
    """What a session is opened with: a key, or the token of a login link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"key": "ht_…"}, {"link": "…"}]})

    key: Secret | None = None
    link: Secret | None = None

    @model_validator(mode="after")
    def _says_how(self) -> Self:
        if (self.key is None) == (self.link is None):
            raise ValueError("give either key or link")
        return self


class PersonRead(Answer):
    """A person."""

    id: UUID
    name: str


class SessionRead(Answer):
    """A session just opened; the cookie came with it."""

    person: PersonRead
    expires: datetime


class LoginLinkRead(Answer):
    """An address that signs in the browser it is opened in, once."""

    url: str
    expires: datetime


class Me(Answer):
    """Who asks, and what they may do."""

    person: PersonRead
    organisations: list[OrganisationRead]
    scopes: list[str]
    server_admin: bool
