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
REPLACED = "storage new-admin-key"


class AlreadyBootstrappedError(ConflictError):
    """There is a server admin already; his key was shown once."""

    kind = "already-bootstrapped"


class NotBootstrappedError(ConflictError):
    """There is no server admin yet to make a key for."""

    kind = "not-bootstrapped"


def new_admin_key(db: Session) -> str:
    """Return the secret of another key for the first server admin, whose own was lost.

    Whoever can write to the database may do this; it is audited. Keys made before go on.
    """
    admin = db.scalar(select(PersonRow).where(PersonRow.server_admin).order_by(PersonRow.id).limit(1))
    if admin is None:
        raise NotBootstrappedError(
            "this server has no server admin yet", hint="make one: python -m storage bootstrap-admin"
        )
    key, secret = insert_key(
        db,
        person_id=admin.id,
        organisation_id=None,
        name="server admin, replaced",
        scopes=[*DEFAULT_SCOPES, Scope.HISTORY_IMPORT],
    )
    record(
        db,
        "server-admin.key-created",
        "person",
        admin.id,
        organisation_id=None,
        agent=REPLACED,
        key=str(key.id),
    )
    return secret


def bootstrap_admin(db: Session, *, organisation: str, organisation_name: str, person: str) -> str:
    """Make the organisation, if need be, and its server admin; return his key's secret, known only now."""
    if db.scalar(select(PersonRow.id).where(PersonRow.server_admin).limit(1)) is not None:
        raise AlreadyBootstrappedError(
            "this server has a server admin already",
            hint="use his key to make more keys; if it is lost: python -m storage new-admin-key",
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
