"""Record what an earlier landing keeps: its rows as SQL and its objects, for the upgrade spec.

From a checkout of that landing (schema 0002 was recorded at 5cfb0a4):
    git archive 5cfb0a4 | tar -x -C /tmp/old
    PYTHONPATH=/tmp/old python -P tests/stack/data/record.py tests/stack/data/schema-0002
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from sqlalchemy import text

from stack.components.ports import free_port
from stack.components.postgres import Postgres, binary
from stack.components.running import Running
from storage.callers import Role
from storage.chronology.importing.file import RecordFile
from storage.chronology.importing.loading import import_records
from storage.db import make_engine, make_sessions, transaction
from storage.migrate import migrate
from tests.storage import world as worlds
from tests.storage.world import World

SCAN = b"0 0 0\n1 0 0\n0 1 0\n0 0 1\n"
RECORDS = Path(worlds.__file__).parent / "chronology" / "records.json"


def fill(world: World) -> dict[str, str]:
    """A published version, an upload under way, jobs in every hand, and a temple's history."""
    asset = world.asset(world.subject("old-temple", visibility="public"))
    done = world.uploaded(asset, SCAN, publish=True, by=world.curator)
    world.verify()
    world.inspect(points=4)
    while (claim := world.claim()) is not None:
        world.finish(claim)
    under_way = world.open(asset, {"later.xyz": b"0 0 0\n"})
    world.uploaded(asset)
    running = world.claimed("verify-upload", worker="gone-1")
    historian = world.member(world.hue, Role.CURATOR, scopes=["read", "write", "curate", "history:import"])
    with transaction(world.sessions) as db:
        content = RecordFile.model_validate(json.loads(RECORDS.read_text("utf-8")))
        import_records(db, historian, world.hue, content, visibility="public")
    ids = {"version": done.version.id, "upload": under_way.id, "running": running.job_id, "asset": asset}
    return {name: str(value) for name, value in ids.items()}


def main() -> None:
    """Fill a database of that landing and write it down."""
    out = Path(sys.argv[1])
    (out / "objects").mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        server = Postgres(
            folder=folder, port=free_port(), admin_password="a" * 8, password="p" * 8, is_durable=False
        )
        server.prepare()
        running = Running(server.program(), folder / "log")
        running.wait_ready()
        server.ensure_database()
        engine = make_engine(server.url())
        revision = migrate(engine)
        world = World(make_sessions(engine))
        ids = fill(world)
        with engine.connect() as connection:
            tables = [row[0] for row in connection.execute(text(TABLES))]
            rows = {t: connection.execute(text(f'SELECT count(*) FROM "{t}"')).scalar() for t in tables}
        engine.dispose()
        for key, stored in world.store._objects.items():
            (out / "objects" / key.replace("/", "__")).write_bytes(stored.data)
        dump = [
            str(binary("pg_dump")),
            "-h",
            "127.0.0.1",
            "-p",
            str(server.port),
            "-U",
            "heritwin",
            "heritwin",
        ]
        plain = ["heritwin", "--inserts", "--no-owner", "--no-privileges", "--no-comments"]
        found = subprocess.run(
            [*dump, *plain], env={**os.environ, "PGPASSWORD": "p" * 8}, capture_output=True, check=True
        )
        # Words of psql itself, of which only psql knows.
        lines = [line for line in found.stdout.decode().splitlines() if not line.startswith("\\")]
        (out / "rows.sql").write_text("\n".join(lines) + "\n")
        (out / "facts.json").write_text(
            json.dumps({"revision": revision, "ids": ids, "rows": rows}, indent=1)
        )
        running.stop()


TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"

if __name__ == "__main__":
    main()
