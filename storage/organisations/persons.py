"""Callers known by their person alone: the bearers of what was given to a person for a day."""

from types import MappingProxyType
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.callers import Caller, Role, Scope
from storage.errors import UnauthorizedError
from storage.organisations.tables import MembershipRow, PersonRow


def reader_of_person(db: Session, person_id: UUID) -> Caller:
    """Return a person as a caller who may only read, with the memberships of this moment.

    Their roles are kept, because a curator reads more than a viewer; the scope lets nothing be written.

    Raises
    ------
    UnauthorizedError
        If there is no such person.
    """
    person = db.get(PersonRow, person_id)
    if person is None:
        raise UnauthorizedError("the person this was given to is not known any more", hint="log in again")
    memberships = db.scalars(select(MembershipRow).where(MembershipRow.person_id == person_id))
    return Caller(
        person_id=person.id,
        name=person.name,
        server_admin=person.server_admin,
        roles=MappingProxyType({each.organisation_id: Role(each.role) for each in memberships}),
        scopes=frozenset({Scope.READ.value}),
    )
