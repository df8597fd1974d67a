"""A member who leaves takes his rights along, and leaves an admin behind."""

import pytest
from sqlalchemy import text

from storage.callers import Role
from storage.db import transaction
from storage.errors import ForbiddenError, NotFoundError, UnauthorizedError
from storage.organisations.commands import create_key, remove_member
from storage.organisations.errors import LastAdminError
from storage.organisations.queries import authenticate_key


def remove(world, by, person_id):
    with transaction(world.sessions) as db:
        remove_member(db, by, world.hue, person_id)


def test_it_ends_the_rights_of_a_member_who_is_removed(world):
    with transaction(world.sessions) as db:
        leaving = world.member(world.hue, Role.CURATOR)
        made = create_key(db, world.root, world.hue, name="his", person_id=leaving.person_id)

    remove(world, world.callers["admin"], leaving.person_id)

    with pytest.raises(UnauthorizedError), transaction(world.sessions) as db:
        authenticate_key(db, made.secret)
    with pytest.raises(NotFoundError):
        remove(world, world.callers["admin"], leaving.person_id)
    with transaction(world.sessions) as db:
        said = "SELECT count(*) FROM audit WHERE action = 'member.removed' AND object_id = :id"
        assert db.scalar(text(said), {"id": str(leaving.person_id)}) == 1


def test_it_keeps_the_last_admin_and_lets_only_admins_remove(world):
    with pytest.raises(ForbiddenError):
        remove(world, world.curator, world.contributor.person_id)
    with transaction(world.sessions) as db:
        query = "SELECT person_id FROM membership WHERE organisation_id = :id AND role = 'admin'"
        admins = [row[0] for row in db.execute(text(query), {"id": world.hue})]
    for person_id in admins[:-1]:
        remove(world, world.root, person_id)
    with pytest.raises(LastAdminError):
        remove(world, world.root, admins[-1])
