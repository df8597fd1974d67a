"""The first server admin, made from the command line on the server itself."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import DEFAULT_SCOPES, Role, Scope
from storage.errors import ConflictError
from storage.ids import new_id
from storage.organisations.commands import insert_key
from storage.organisations.tables import MembershipRow, OrganisationRow, PersonRow
from storage.values import require_code

AGENT = "storage bootstrap-admin"


class AlreadyBootstrappedError(ConflictError):
    """There is a server admin already; his key was shown once."""

    kind = "already-bootstrapped"


def bootstrap_admin(db: Session, *, organisation: str, organisation_name: str, person: str) -> str:
    """Make the organisation, if need be, and its server admin; return his key's secret, known only now."""
    if db.scalar(select(PersonRow.id).where(PersonRow.server_admin).limit(1)) is not None:
        raise AlreadyBootstrappedError(
            "this server has a server admin already", hint="use his key to make more keys"
        )
    require_code(organisation)
    owner = db.scalar(select(OrganisationRow).where(OrganisationRow.code == organisation))
    if owner is None:
        owner = OrganisationRow(id=new_id(), code=organisation, name=organisation_name)
        db.add(owner)
    admin = PersonRow(id=new_id(), name=person, server_admin=True)
    db.add(admin)
    db.flush()
    db.add(MembershipRow(organisation_id=owner.id, person_id=admin.id, role=Role.ADMIN.value))
    key, secret = insert_key(
        db,
        person_id=admin.id,
        organisation_id=None,
        name="server admin",
        scopes=[*DEFAULT_SCOPES, Scope.HISTORY_IMPORT],
    )
    record(
        db, "server-admin.created", "person", admin.id, organisation_id=owner.id, agent=AGENT, key=str(key.id)
    )
    return secret
