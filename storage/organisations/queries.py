"""Find callers by their secrets; read organisations, members and keys."""

from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select, true, update
from sqlalchemy.orm import Session

from storage.callers import Caller, Role, Scope, effective_role
from storage.clock import now
from storage.db import as_record
from storage.errors import NotFoundError, UnauthorizedError
from storage.organisations.errors import KeyUnknownError
from storage.organisations.records import Key, Me, Member, Organisation, OrganisationRole, Person
from storage.organisations.secrets import digest
from storage.organisations.tables import KeyRow, MembershipRow, OrganisationRow, PersonRow, SessionRow
from storage.paging import Page, page_of

USED_EVERY = timedelta(minutes=5)
"""How often a key's last use is written: not at every request."""


def authenticate_key(db: Session, secret: str) -> Caller:
    """Return the caller a key speaks for; KeyUnknownError for an unknown, expired or revoked one."""
    row = db.scalar(select(KeyRow).where(KeyRow.digest == digest(secret), key_is_live()))
    if row is None:
        raise KeyUnknownError("this key is unknown, expired or revoked", hint="ask an admin for a new key")
    if row.last_used_at is None or row.last_used_at < now() - USED_EVERY:
        db.execute(update(KeyRow).where(KeyRow.id == row.id).values(last_used_at=func.now()))
    return caller_of_key(db, row)


def authenticate_session(db: Session, token: str) -> Caller:
    """Return the caller a session's token speaks for; it ends when its key does."""
    found = db.execute(
        select(SessionRow.id, KeyRow)
        .join(KeyRow, KeyRow.id == SessionRow.key_id)
        .where(
            SessionRow.digest == digest(token),
            SessionRow.revoked_at.is_(None),
            SessionRow.expires_at > func.now(),
            key_is_live(),
        )
    ).one_or_none()
    if found is None:
        raise KeyUnknownError("this session has ended", hint="log in again")
    session_id, key = found
    return caller_of_key(db, key, session_id=session_id)


def key_is_live() -> ColumnElement[bool]:
    """Return the condition that a key is neither revoked nor expired."""
    return KeyRow.revoked_at.is_(None) & or_(KeyRow.expires_at.is_(None), KeyRow.expires_at > func.now())


def caller_of_key(db: Session, key: KeyRow, *, session_id: UUID | None = None) -> Caller:
    """Return the caller of a key's row, with the roles of this moment cut down to the key's scopes."""
    person = db.get_one(PersonRow, key.person_id)
    query = select(MembershipRow).where(MembershipRow.person_id == person.id)
    if key.organisation_id is not None:
        query = query.where(MembershipRow.organisation_id == key.organisation_id)
    roles: dict[UUID, Role] = {}
    for membership in db.scalars(query):
        role = effective_role(Role(membership.role), key.scopes)
        if role is not None:
            roles[membership.organisation_id] = role
    return Caller(
        person_id=person.id,
        key_id=key.id,
        session_id=session_id,
        name=person.name,
        server_admin=person.server_admin and key.organisation_id is None and Scope.ADMIN in key.scopes,
        roles=MappingProxyType(roles),
        scopes=frozenset(key.scopes),
    )


def organisation_visible(caller: Caller) -> ColumnElement[bool]:
    """Return the condition that the caller may see an organisation: he is a member."""
    if caller.server_admin:
        return true()
    return OrganisationRow.id.in_(caller.organisations(Role.VIEWER))


def list_organisations(
    db: Session, caller: Caller, *, cursor: str | None = None, limit: int = 50
) -> Page[Organisation]:
    """Return the organisations the caller is a member of."""
    query = select(OrganisationRow).where(organisation_visible(caller))
    return page_of(
        db,
        query,
        OrganisationRow.id,
        lambda rows: [as_record(Organisation, row) for row in rows],
        cursor=cursor,
        limit=limit,
    )


def get_organisation(db: Session, caller: Caller, organisation_id: UUID) -> Organisation:
    """Return one organisation the caller is a member of."""
    row = db.scalar(
        select(OrganisationRow).where(OrganisationRow.id == organisation_id, organisation_visible(caller))
    )
    if row is None:
        raise NotFoundError.of("organisation", organisation_id)
    return as_record(Organisation, row)


def list_members(
    db: Session, caller: Caller, organisation_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[Member]:
    """Return who is in an organisation."""
    get_organisation(db, caller, organisation_id)

    def members(rows: list[Any]) -> list[Member]:
        names = dict(
            db.execute(
                select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_([r.person_id for r in rows]))
            ).all()
        )
        return [as_record(Member, row, name=names[row.person_id]) for row in rows]

    query = select(MembershipRow).where(MembershipRow.organisation_id == organisation_id)
    return page_of(db, query, MembershipRow.person_id, members, cursor=cursor, limit=limit)


def list_keys(
    db: Session, caller: Caller, organisation_id: UUID, *, cursor: str | None = None, limit: int = 50
) -> Page[Key]:
    """Return the keys of an organisation: all for its admins, his own for anyone else."""
    get_organisation(db, caller, organisation_id)
    query = select(KeyRow).where(KeyRow.organisation_id == organisation_id)
    if not caller.has(organisation_id, Role.ADMIN):
        query = query.where(KeyRow.person_id == caller.person_id)
    return page_of(
        db, query, KeyRow.id, lambda rows: [key_of(row) for row in rows], cursor=cursor, limit=limit
    )


def key_of(row: KeyRow) -> Key:
    """Return the record of a key's row."""
    return as_record(Key, row, scopes=tuple(row.scopes))


def me(db: Session, caller: Caller) -> Me:
    """Return what the caller is; UnauthorizedError for nobody."""
    if caller.person_id is None:
        raise UnauthorizedError("nobody is logged in", hint="send a key, or log in")
    person = as_record(Person, db.get_one(PersonRow, caller.person_id))
    rows = db.scalars(
        select(OrganisationRow).where(organisation_visible(caller)).order_by(OrganisationRow.code)
    )
    organisations = tuple(
        as_record(OrganisationRole, row, role=caller.roles.get(row.id, Role.ADMIN).value) for row in rows
    )
    return Me(
        person=person,
        organisations=organisations,
        scopes=tuple(sorted(caller.scopes)),
        server_admin=caller.server_admin,
    )
