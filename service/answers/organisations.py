"""Organisations, members and keys as answers."""

from service.schemas.organisations import (
    KeyCreated,
    KeyRead,
    Me,
    MemberRead,
    OrganisationRead,
    PersonRead,
)
from storage.callers import Caller
from storage.organisations import records


def organisation_read(organisation: records.Organisation, caller: Caller) -> OrganisationRead:
    """Return an organisation with the caller's role in it."""
    role = caller.roles.get(organisation.id)
    return OrganisationRead.model_validate(organisation).model_copy(
        update={"role": role.value if role else None}
    )


def member_read(member: records.Member) -> MemberRead:
    """Return a member."""
    return MemberRead.model_validate(member)


def key_read(key: records.Key) -> KeyRead:
    """Return a key without its secret."""
    return KeyRead.model_validate(_key_fields(key))


def key_created(made: records.NewKey) -> KeyCreated:
    """Return a key with its secret, this once."""
    return KeyCreated.model_validate(_key_fields(made.key) | {"key": made.secret})


def _key_fields(key: records.Key) -> dict[str, object]:
    return {
        "id": key.id,
        "person_id": key.person_id,
        "organisation_id": key.organisation_id,
        "name": key.name,
        "scopes": list(key.scopes),
        "expires": key.expires_at,
        "revoked_at": key.revoked_at,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
    }


def me_read(me: records.Me) -> Me:
    """Return who asks."""
    return Me(
        person=PersonRead.model_validate(me.person),
        organisations=[OrganisationRead.model_validate(item) for item in me.organisations],
        scopes=list(me.scopes),
        server_admin=me.server_admin,
    )
