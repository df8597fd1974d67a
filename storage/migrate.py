"""Bring the database's schema to this code's revision, by one process at a time."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from storage.errors import SchemaTooOldError

MINIMUM_REVISION = "0006"
"""The oldest revision this code can work with (expand, migrate, contract)."""

LOCK = 0x4845524954  # "HERIT": any number, the same in every process that migrates


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Say whether autogeneration should look at a table: not at Alembic's own."""
    return not (kind == "table" and name == "alembic_version")


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, which lives in this package, not in a file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def migrate(engine: Engine) -> str:
    """Migrate to the newest revision under an advisory lock, in one transaction; return the revision."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        command.upgrade(alembic_config(connection), "head")
        revision = MigrationContext.configure(connection).get_current_revision()
    return str(revision)


def schema_revision(db: Session) -> str | None:
    """Return the revision of the database's schema, None before the first migration."""
    return MigrationContext.configure(db.connection()).get_current_revision()


def require_schema(db: Session) -> None:
    """Raise SchemaTooOldError unless the schema is at least this code's minimum; newer ones are welcome."""
    found = schema_revision(db)
    if found is None or found < MINIMUM_REVISION:
        raise SchemaTooOldError(
            f"the schema is at {found or 'nothing'}, this code needs {MINIMUM_REVISION}",
            hint="run: python -m storage migrate",
        )


def head_revision() -> str:
    """Return the newest revision this code brings."""
    return str(ScriptDirectory.from_config(alembic_config()).get_current_head())
