"""Migrations make what the models say, once, whoever runs them."""

import os
import subprocess
import sys
import threading
import warnings

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import SAWarning

from storage.db import make_engine, make_sessions, transaction
from storage.errors import SchemaTooOldError
from storage.migrate import (
    MINIMUM_REVISION,
    head_revision,
    include_name,
    migrate,
    require_schema,
    schema_revision,
)
from storage.tables import metadata


def test_it_makes_the_schema_of_the_models(own_database_url):
    engine = make_engine(own_database_url)
    with engine.connect() as connection, warnings.catch_warnings():
        # Reflection does not know ltree columns by name; they are compared by name and nullability.
        warnings.simplefilter("ignore", SAWarning)
        context = MigrationContext.configure(connection, opts={"include_name": include_name})
        differences = compare_metadata(context, metadata())
    engine.dispose()

    assert differences == []


def test_it_makes_every_check_and_exclusion_of_the_models(own_database_url):
    engine = make_engine(own_database_url)
    with engine.connect() as connection:
        made = set(connection.scalars(text("SELECT conname FROM pg_constraint WHERE contype IN ('c', 'x')")))
    engine.dispose()
    wanted = {
        str(constraint.name)
        for table in metadata().tables.values()
        for constraint in table.constraints
        if type(constraint).__name__ in ("CheckConstraint", "ExcludeConstraint")
    }

    assert wanted <= made


def test_it_migrates_an_empty_database_once_for_all_who_ask_at_once(empty_database_url):
    engine = make_engine(empty_database_url)
    reached: list[str] = []
    threads = [threading.Thread(target=lambda: reached.append(migrate(engine))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    engine.dispose()

    assert reached == [head_revision()] * 3


def test_it_says_when_the_schema_is_too_old(empty_database_url):
    engine = make_engine(empty_database_url)
    sessions = make_sessions(engine)
    with transaction(sessions) as db:
        assert schema_revision(db) is None
        with pytest.raises(SchemaTooOldError, match=MINIMUM_REVISION):
            require_schema(db)
    migrate(engine)
    with transaction(sessions) as db:
        require_schema(db)
    engine.dispose()


def test_it_prints_the_first_admins_key_once_and_another_when_asked(own_database_url):
    environment = {**os.environ, "HERITWIN_DATABASE_URL": own_database_url}
    command = [sys.executable, "-m", "storage", "bootstrap-admin", "--organisation", "hue", "--person", "An"]

    first = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    second = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    replaced = subprocess.run(
        [*command[:3], "new-admin-key"], env=environment, capture_output=True, text=True, check=False
    )

    assert (first.returncode, second.returncode, replaced.returncode) == (0, 3, 0)
    assert first.stdout.startswith("ht_")
    assert replaced.stdout.startswith("ht_")
    assert replaced.stdout != first.stdout
    assert len(first.stdout.strip()) == 3 + 43
    assert second.stdout == ""
    assert "already-bootstrapped" in second.stderr
