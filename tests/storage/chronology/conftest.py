"""Small records of an invented temple, taken in by someone who may state history."""

import json
from pathlib import Path
from typing import Any

import pytest

from storage.callers import Caller, Role
from storage.chronology.importing.file import RecordFile
from storage.chronology.importing.loading import import_records
from storage.chronology.records import RecordImport
from storage.db import transaction
from tests.storage.world import World

HISTORIAN = ["read", "write", "curate", "history:import"]
RECORDS = json.loads((Path(__file__).parent / "records.json").read_text("utf-8"))


def take_in(world: World, caller: Caller, content: dict[str, Any], **more: Any) -> RecordImport:
    """Import a record file into hue."""
    with transaction(world.sessions) as db:
        return import_records(db, caller, world.hue, RecordFile.model_validate(content), **more)


@pytest.fixture(scope="module")
def historian(module_world: World) -> Caller:
    """A curator whose key may say when something was recorded."""
    return module_world.member(module_world.hue, Role.CURATOR, scopes=HISTORIAN)


@pytest.fixture(scope="module")
def temple(module_world: World, historian: Caller) -> RecordImport:
    """The temple's records, in."""
    return take_in(module_world, historian, RECORDS, visibility="public")
