"""The first admin's key: made once, kept by its owner, and made again when it was lost."""

import pytest

from stack.folder import DataFolder
from stack.options import UpOptions
from stack.plan import make_plan
from stack.setup_steps import ensure_admin
from storage.db import make_engine, make_sessions, transaction
from storage.organisations.queries import authenticate_key


@pytest.fixture
def folder(tmp_path):
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    return folder


@pytest.fixture
def plan(folder, own_database_url):
    options = UpOptions(data=folder.root, database=own_database_url)
    return make_plan(options, folder, folder.load_secrets())


def is_admin(url, secret):
    engine = make_engine(url)
    with transaction(make_sessions(engine)) as db:
        found = authenticate_key(db, secret.strip()).server_admin
    engine.dispose()
    return found


def test_it_makes_another_key_only_when_asked(plan, folder, own_database_url):
    ensure_admin(plan, folder)
    first = folder.admin_key.read_text()
    ensure_admin(plan, folder)
    same = folder.admin_key.read_text()
    folder.admin_key.unlink()  # as by a power failure between its row and its file
    ensure_admin(plan, folder)
    unasked = folder.admin_key.exists()
    ensure_admin(plan, folder, new_key=True)
    second = folder.admin_key.read_text()

    assert same == first
    assert not unasked
    assert second != first
    assert is_admin(own_database_url, first)
    assert is_admin(own_database_url, second)
    assert folder.admin_key.stat().st_mode & 0o777 == 0o600
