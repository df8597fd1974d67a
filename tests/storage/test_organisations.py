"""Who may come in, and as what."""

from datetime import timedelta

import pytest

from storage.callers import Role
from storage.clock import now
from storage.db import transaction
from storage.errors import ForbiddenError, NotFoundError, UnauthorizedError
from storage.organisations.commands import add_member, create_key, create_organisation, revoke_key
from storage.organisations.errors import OrganisationCodeTakenError, ScopeUnknownError
from storage.organisations.queries import (
    authenticate_key,
    authenticate_session,
    get_organisation,
    list_keys,
    list_members,
    list_organisations,
    me,
)
from storage.organisations.sessions import close_session, create_login_link, open_session
from storage.organisations.tables import KeyRow, LoginLinkRow, SessionRow


def new_key(world, **more):
    """A key of the contributor for himself."""
    with transaction(world.sessions) as db:
        return create_key(db, world.contributor, world.hue, name="laptop", **more)


def test_it_keeps_no_secret(world):
    made = new_key(world)
    with transaction(world.sessions) as db:
        row = db.get_one(KeyRow, made.key.id)
        kept = [str(getattr(row, column.key)) for column in KeyRow.__table__.columns]

    assert made.secret.startswith("ht_")
    assert not any(made.secret in value or made.secret[3:] in value for value in kept)


def test_it_refuses_an_unknown_key(world):
    with transaction(world.sessions) as db, pytest.raises(UnauthorizedError):
        authenticate_key(db, "ht_nobody")


def test_it_refuses_an_expired_key(world):
    made = new_key(world, expires_at=now() - timedelta(seconds=1))

    with transaction(world.sessions) as db, pytest.raises(UnauthorizedError):
        authenticate_key(db, made.secret)


def test_it_refuses_a_revoked_key_and_its_sessions(world):
    made = new_key(world)
    with transaction(world.sessions) as db:
        session = open_session(db, key=made.secret)
        assert authenticate_session(db, session.token).session_id == session.session_id
        revoke_key(db, world.contributor, made.key.id)

    with transaction(world.sessions) as db:
        with pytest.raises(UnauthorizedError):
            authenticate_key(db, made.secret)
        with pytest.raises(UnauthorizedError):
            authenticate_session(db, session.token)


def test_it_cuts_a_role_down_to_the_scopes_of_the_key(world):
    reader = world.member(world.hue, Role.CURATOR, scopes=["read"])
    writer = world.member(world.hue, Role.VIEWER, scopes=["read", "write", "curate"])

    assert reader.roles == {world.hue: Role.VIEWER}
    assert writer.roles == {world.hue: Role.VIEWER}


def test_it_gives_no_scope_that_its_makers_key_lacks(world):
    with pytest.raises(ForbiddenError):
        new_key(world, scopes=["history:import"])
    with pytest.raises(ScopeUnknownError):
        new_key(world, scopes=["everything"])


def test_it_gives_no_key_a_longer_life_than_its_makers(world):
    """A key lent for a day must not make itself another one for ever."""
    ends = now() + timedelta(days=1)
    lent = world.caller(new_key(world, expires_at=ends).secret)
    with transaction(world.sessions) as db:
        made = create_key(db, lent, world.hue, name="for ever")
        sooner = create_key(db, lent, world.hue, name="shorter", expires_at=ends - timedelta(hours=1))
        with pytest.raises(ForbiddenError):
            create_key(db, lent, world.hue, name="longer", expires_at=ends + timedelta(seconds=1))

    assert made.key.expires_at == ends
    assert sooner.key.expires_at == ends - timedelta(hours=1)


def test_it_lets_a_key_speak_in_its_own_organisation_only(world):
    """An admin who makes a key for a member must not come into that member's other organisations."""
    with transaction(world.sessions) as db:
        other = create_organisation(db, world.root, code="other", name="Other")
        made = create_key(db, world.root, other.id, name="narrow")
        caller = authenticate_key(db, made.secret)

    assert set(caller.roles) == {other.id}
    assert not caller.server_admin


def test_it_opens_one_session_with_a_link(world):
    with transaction(world.sessions) as db:
        link = create_login_link(db, world.contributor)
    with transaction(world.sessions) as db:
        session = open_session(db, link=link.token)
    with transaction(world.sessions) as db, pytest.raises(UnauthorizedError):
        open_session(db, link=link.token)

    with transaction(world.sessions) as db:
        assert authenticate_session(db, session.token).person_id == world.contributor.person_id
        assert db.query(LoginLinkRow).filter_by(digest=link.token).count() == 0
        assert db.query(SessionRow).filter_by(digest=session.token).count() == 0


def test_it_closes_a_session(world):
    made = new_key(world)
    with transaction(world.sessions) as db:
        session = open_session(db, key=made.secret)
        close_session(db, session.caller)

    with transaction(world.sessions) as db, pytest.raises(UnauthorizedError):
        authenticate_session(db, session.token)


def test_it_shows_organisations_to_members_only(fresh_world):
    world = fresh_world
    with transaction(world.sessions) as db:
        seen = {
            name: [each.code for each in list_organisations(db, caller).items]
            for name, caller in world.callers.items()
        }
        with pytest.raises(NotFoundError):
            get_organisation(db, world.callers["stranger"], world.hue)

    assert seen["anonymous"] == []
    assert seen["viewer"] == ["hue"]
    assert seen["stranger"] == ["hanoi"]
    assert seen["server admin"] == ["ops", "hue", "hanoi"]


def test_it_lets_admins_see_all_keys_and_others_their_own(fresh_world):
    world = fresh_world
    with transaction(world.sessions) as db:
        everyones = list_keys(db, world.callers["admin"], world.hue).items
        own = list_keys(db, world.contributor, world.hue).items

    assert len(everyones) > len(own) == 1
    assert own[0].person_id == world.contributor.person_id


@pytest.mark.parametrize("role", ["viewer", "contributor", "curator"])
def test_it_lets_only_admins_add_members(world, role):
    with transaction(world.sessions) as db, pytest.raises(ForbiddenError):
        add_member(db, world.callers[role], world.hue, role="viewer", name="x")


def test_it_tells_the_caller_what_he_is(world):
    with transaction(world.sessions) as db:
        answer = me(db, world.contributor)
        members = list_members(db, world.contributor, world.hue).items

    assert [(each.code, each.role) for each in answer.organisations] == [("hue", "contributor")]
    assert not answer.server_admin
    assert {member.role for member in members} == {"viewer", "contributor", "curator", "admin"}


def test_it_refuses_a_taken_code(world):
    with transaction(world.sessions) as db, pytest.raises(OrganisationCodeTakenError):
        create_organisation(db, world.root, code="hue", name="again")
