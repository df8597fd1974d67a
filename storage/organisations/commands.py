"""Make organisations, members and keys; take keys back."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import false, func, or_, select, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import DEFAULT_SCOPES, Caller, Role, Scope
from storage.db import as_record
from storage.errors import ForbiddenError, InvalidError, NotFoundError
from storage.ids import new_id
from storage.organisations.errors import (
    LastAdminError,
    OrganisationCodeTakenError,
    RoleUnknownError,
    ScopeUnknownError,
)
from storage.organisations.queries import get_organisation, key_of
from storage.organisations.records import Key, Member, NewKey, Organisation
from storage.organisations.secrets import digest, new_key
from storage.organisations.tables import KeyRow, MembershipRow, OrganisationRow, PersonRow
from storage.values import require_code


def create_organisation(
    db: Session, caller: Caller, *, code: str, name: str, quota_bytes: int | None = None
) -> Organisation:
    """Make an organisation; a server admin may, and becomes its first admin."""
    if not caller.server_admin or caller.person_id is None:
        raise ForbiddenError("only a server admin may make organisations")
    require_code(code)
    made = db.scalar(
        insert(OrganisationRow)
        .values(id=new_id(), code=code, name=name, quota_bytes=quota_bytes)
        .on_conflict_do_nothing()
        .returning(OrganisationRow)
    )
    if made is None:
        raise OrganisationCodeTakenError(f"the organisation code {code} is taken", code=code)
    db.add(MembershipRow(organisation_id=made.id, person_id=caller.person_id, role=Role.ADMIN.value))
    record(
        db, "organisation.created", "organisation", made.id, organisation_id=made.id, caller=caller, code=code
    )
    db.flush()
    return as_record(Organisation, made)


def add_member(
    db: Session,
    caller: Caller,
    organisation_id: UUID,
    *,
    role: str,
    name: str | None = None,
    person_id: UUID | None = None,
) -> Member:
    """Make a new person called `name` a member, or give the member `person_id` another role; admins may.

    A person of other organisations cannot be drawn in by his id: that would tell that he exists.
    """
    get_organisation(db, caller, organisation_id)
    caller.require(organisation_id, Role.ADMIN)
    if role not in set(Role):
        raise RoleUnknownError(f"there is no role {role!r}", hint="one of " + ", ".join(Role))
    if person_id is None:
        if not name:
            raise InvalidError("a new member needs a name")
        person = PersonRow(id=new_id(), name=name)
        membership = MembershipRow(organisation_id=organisation_id, person_id=person.id, role=role)
        db.add(person)
        db.flush()
        db.add(membership)
    else:
        found = db.get(MembershipRow, (organisation_id, person_id))
        if found is None:
            raise NotFoundError.of("person", person_id)
        membership = found
        membership.role = role
        person = db.get_one(PersonRow, person_id)
    db.flush()
    record(db, "member.set", "person", person.id, organisation_id=organisation_id, caller=caller, role=role)
    return as_record(Member, membership, name=person.name)


def remove_member(db: Session, caller: Caller, organisation_id: UUID, person_id: UUID) -> None:
    """Take a person out of an organisation, with his keys that speak there; admins may.

    What he did stays his. His rights end with this transaction, in sessions and open streams too.
    """
    get_organisation(db, caller, organisation_id)
    caller.require(organisation_id, Role.ADMIN)
    # Two admins who remove each other at once: the second finds himself the last.
    members = select(MembershipRow).where(MembershipRow.organisation_id == organisation_id)
    rows = {row.person_id: row for row in db.scalars(members.with_for_update())}
    leaving = rows.pop(person_id, None)
    if leaving is None:
        raise NotFoundError.of("person", person_id)
    if leaving.role == Role.ADMIN.value and all(row.role != Role.ADMIN.value for row in rows.values()):
        raise LastAdminError(
            f"person {person_id} is the only admin of organisation {organisation_id}",
            hint="make another member admin first",
        )
    db.delete(leaving)
    db.execute(
        update(KeyRow)
        .where(
            KeyRow.person_id == person_id,
            KeyRow.organisation_id == organisation_id,
            KeyRow.revoked_at.is_(None),
        )
        .values(revoked_at=func.now())
    )
    db.flush()
    record(db, "member.removed", "person", person_id, organisation_id=organisation_id, caller=caller)


def create_key(
    db: Session,
    caller: Caller,
    organisation_id: UUID,
    *,
    name: str,
    person_id: UUID | None = None,
    scopes: Sequence[str] | None = None,
    expires_at: datetime | None = None,
) -> NewKey:
    """Make a key for a member (admins), or for oneself; it speaks in this organisation only.

    The secret is in the answer and nowhere else. A key gets no scope its maker's own key lacks, and no
    longer life.
    """
    get_organisation(db, caller, organisation_id)
    owner = person_id or caller.person_id
    if owner != caller.person_id:
        caller.require(organisation_id, Role.ADMIN)
    if owner is None or db.get(MembershipRow, (organisation_id, owner)) is None:
        raise NotFoundError.of("member", owner)
    wanted = list(scopes) if scopes is not None else [s.value for s in DEFAULT_SCOPES if s in caller.scopes]
    _require_scopes(caller, wanted)
    expires_at = _within_makers_life(db, caller, expires_at)
    made, secret = insert_key(
        db, person_id=owner, organisation_id=organisation_id, name=name, scopes=wanted, expires_at=expires_at
    )
    record(
        db, "key.created", "key", made.id, organisation_id=organisation_id, caller=caller, person=str(owner)
    )
    return NewKey(key=made, secret=secret)


def _within_makers_life(db: Session, caller: Caller, expires_at: datetime | None) -> datetime | None:
    maker = db.get(KeyRow, caller.key_id) if caller.key_id is not None else None
    ends = maker.expires_at if maker is not None else None
    if ends is not None and expires_at is not None and expires_at > ends:
        raise ForbiddenError("your own key ends before that", hint="choose an earlier end, or leave it out")
    return expires_at or ends


def _require_scopes(caller: Caller, scopes: Sequence[str]) -> None:
    for scope in scopes:
        if scope not in set(Scope):
            raise ScopeUnknownError(f"there is no scope {scope!r}", hint="one of " + ", ".join(Scope))
        if scope not in caller.scopes and not caller.server_admin:
            raise ForbiddenError(f"your own key has no scope {scope}", scope=scope)


def insert_key(
    db: Session,
    *,
    person_id: UUID,
    organisation_id: UUID | None,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """Write a key's row; return the key and its secret."""
    secret = new_key()
    row = KeyRow(
        id=new_id(),
        person_id=person_id,
        organisation_id=organisation_id,
        name=name,
        digest=digest(secret),
        scopes=[str(scope) for scope in scopes],
        expires_at=expires_at,
    )
    db.add(row)
    db.flush()
    return key_of(row), secret


def revoke_key(db: Session, caller: Caller, key_id: UUID) -> None:
    """Take a key back, with its sessions: its person may, and admins of its organisation."""
    allowed = or_(
        KeyRow.person_id == caller.person_id,
        KeyRow.organisation_id.in_(caller.organisations(Role.ADMIN)),
        true() if caller.server_admin else false(),
    )
    row = db.scalar(select(KeyRow).where(KeyRow.id == key_id, allowed).with_for_update())
    if row is None:
        raise NotFoundError.of("key", key_id)
    if row.revoked_at is None:
        row.revoked_at = db.scalar(select(func.now()))
        record(db, "key.revoked", "key", row.id, organisation_id=row.organisation_id, caller=caller)
