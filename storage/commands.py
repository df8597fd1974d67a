"""The command line of this package: `migrate`, `bootstrap-admin` and `new-admin-key`."""

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from storage.db import make_engine, make_sessions, transaction
from storage.errors import StorageError
from storage.jobs.liveness import retire_all
from storage.migrate import migrate
from storage.organisations.bootstrap import bootstrap_admin, new_admin_key
from storage.settings import read_database_settings


def main(arguments: Sequence[str]) -> int:
    """Run one command; return 0, or 3 with the reason on stderr."""
    parsed = _parser().parse_args(arguments)
    engine = make_engine(read_database_settings().database_url)
    try:
        if parsed.command == "migrate":
            sys.stdout.write(f"schema {migrate(engine)}\n")
            if parsed.no_worker_runs:
                with transaction(make_sessions(engine)) as db:
                    retire_all(db)
            return 0
        with transaction(make_sessions(engine)) as db:
            secret = _admin_key(db, parsed)
        sys.stdout.write(secret + "\n")
    except StorageError as error:
        sys.stderr.write(f"{error.kind}: {error.message}\n" + (f"{error.hint}\n" if error.hint else ""))
        return 3
    except OperationalError as error:
        sys.stderr.write(f"storage-unavailable: the database does not answer: {error.orig}\n")
        return 3
    finally:
        engine.dispose()
    return 0


def _admin_key(db: Session, parsed: argparse.Namespace) -> str:
    if parsed.command == "new-admin-key":
        return new_admin_key(db)
    return bootstrap_admin(
        db,
        organisation=parsed.organisation,
        organisation_name=parsed.organisation_name or parsed.organisation,
        person=parsed.person,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m storage", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    migration = commands.add_parser("migrate", help="bring the database's schema to this code's revision")
    migration.add_argument(
        "--no-worker-runs", action="store_true", help="also forget workers of an earlier run: none is alive"
    )
    bootstrap = commands.add_parser("bootstrap-admin", help="make the first server admin; print the key once")
    bootstrap.add_argument("--organisation", required=True, help="code of his organisation, made if need be")
    bootstrap.add_argument("--organisation-name", help="its name, if it is made")
    bootstrap.add_argument("--person", required=True, help="his name")
    commands.add_parser("new-admin-key", help="make another key for the server admin; print it once")
    return parser
