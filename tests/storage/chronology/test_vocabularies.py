"""Terms of an organisation are its members' until it shows something to everybody."""

from storage.callers import ANONYMOUS, Role
from storage.chronology.vocabularies import list_concepts
from storage.db import transaction
from tests.storage.chronology.conftest import HISTORIAN, RECORDS, take_in

PUBLIC = [{"code": "pagoda", "kind": "site", "name": {"en": "Pagoda"}, "local_codes": {}}]


def codes(world, caller):
    with transaction(world.sessions) as db:
        return {concept.code for concept in list_concepts(db, caller, scheme="material", limit=200).items}


def test_it_shows_terms_to_members_and_to_all_once_a_root_is_public(world):
    historian = world.member(world.hue, Role.CURATOR, scopes=HISTORIAN)
    take_in(world, historian, RECORDS, visibility="private")
    assert "timber" in codes(world, historian)
    assert "timber" not in codes(world, ANONYMOUS)

    take_in(world, historian, RECORDS | {"subjects": PUBLIC}, visibility="public")
    assert "timber" in codes(world, ANONYMOUS)
