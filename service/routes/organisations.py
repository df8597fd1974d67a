"""Organisations, their members and keys."""

from fastapi import APIRouter

from service.answers.organisations import key_created, key_read, member_read, organisation_read
from service.dependencies import Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.common import Page
from service.schemas.organisations import (
    KeyCreate,
    KeyCreated,
    KeyRead,
    MemberCreate,
    MemberRead,
    OrganisationCreate,
    OrganisationRead,
)
from storage.organisations import commands, queries

router = APIRouter(prefix="/v1", tags=["organisations"], route_class=IdempotentRoute)


@router.post("/organisations", status_code=201, dependencies=[Idempotent])
def create_organisation(body: OrganisationCreate, caller: Person, db: Database) -> OrganisationRead:
    """Make an organisation; only a server admin may."""
    made = commands.create_organisation(db, caller, code=body.code, name=body.name)
    return organisation_read(made, caller).model_copy(update={"role": "admin"})


@router.get("/organisations")
def list_organisations(
    caller: Person, db: Database, cursor: Cursor = None, limit: Limit = 50
) -> Page[OrganisationRead]:
    """List the organisations the caller belongs to."""
    page = queries.list_organisations(db, caller, cursor=cursor, limit=limit)
    return Page(items=[organisation_read(item, caller) for item in page.items], next=page.next)


@router.get("/organisations/{organisation_id}")
def get_organisation(organisation_id: Id, caller: Person, db: Database) -> OrganisationRead:
    """Show an organisation."""
    return organisation_read(queries.get_organisation(db, caller, organisation_id), caller)


@router.post("/organisations/{organisation_id}/members", status_code=201, dependencies=[Idempotent])
def add_member(organisation_id: Id, body: MemberCreate, caller: Person, db: Database) -> MemberRead:
    """Add a new person, or change a member's role; its admins may."""
    member = commands.add_member(
        db, caller, organisation_id, name=body.name, person_id=body.person_id, role=body.role
    )
    return member_read(member)


@router.get("/organisations/{organisation_id}/members")
def list_members(
    organisation_id: Id, caller: Person, db: Database, cursor: Cursor = None, limit: Limit = 50
) -> Page[MemberRead]:
    """List who belongs to an organisation."""
    page = queries.list_members(db, caller, organisation_id, cursor=cursor, limit=limit)
    return Page(items=[member_read(item) for item in page.items], next=page.next)


@router.delete("/organisations/{organisation_id}/members/{person_id}", status_code=204)
def remove_member(organisation_id: Id, person_id: Id, caller: Person, db: Database) -> None:
    """Take a person out of an organisation; its admins may. His rights there end at once."""
    commands.remove_member(db, caller, organisation_id, person_id)


@router.post("/organisations/{organisation_id}/keys", status_code=201)
def create_key(organisation_id: Id, body: KeyCreate, caller: Person, db: Database) -> KeyCreated:
    """Make a key; its secret is in this answer and nowhere else, so it takes no Idempotency-Key."""
    made = commands.create_key(
        db,
        caller,
        organisation_id,
        name=body.name,
        person_id=body.person_id,
        scopes=body.scopes,
        expires_at=body.expires,
    )
    return key_created(made)


@router.get("/organisations/{organisation_id}/keys")
def list_keys(
    organisation_id: Id, caller: Person, db: Database, cursor: Cursor = None, limit: Limit = 50
) -> Page[KeyRead]:
    """List keys, without their secrets: all of them for admins, one's own otherwise."""
    page = queries.list_keys(db, caller, organisation_id, cursor=cursor, limit=limit)
    return Page(items=[key_read(item) for item in page.items], next=page.next)


@router.delete("/keys/{key_id}", status_code=204)
def revoke_key(key_id: Id, caller: Person, db: Database) -> None:
    """Take a key back, and every session opened with it."""
    commands.revoke_key(db, caller, key_id)
