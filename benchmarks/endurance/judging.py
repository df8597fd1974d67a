"""After the kills: what was acknowledged is all there, once, and nothing waits for ever."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.endurance.house import House, Json, until
from stack.backup.servers import servers_of

DRAIN_S = 300.0
RETRIES = 3
AT_REST = "SELECT id::text FROM job WHERE state NOT IN ('succeeded', 'failed', 'cancelled')"
FAILED = "SELECT id::text, error_kind FROM job WHERE state = 'failed' ORDER BY id"
# Killed three times, or cut off from rows and bytes: any other failure is a defect.
BY_KILLS = {"worker-lost", "storage-unavailable", "dependency-failed"}
OBJECTS_OF = """
    SELECT b.object_key, v.state FROM version v
      JOIN version_file f ON f.version_id = v.id JOIN blob b ON b.id = f.blob_id WHERE v.id::text = %s
"""
DUPLICATES = {
    "uploads": "SELECT count(*) - %s FROM upload",
    "versions": "SELECT count(*) - %s FROM version",
    "jobs": """
        SELECT coalesce(sum(n - 1), 0) FROM (
            SELECT count(*) AS n FROM job WHERE state = 'succeeded' GROUP BY version_id, operation) c
    """,
    "attempts": """
        SELECT coalesce(sum(n - 1), 0) FROM (
            SELECT count(*) AS n FROM attempt WHERE state = 'succeeded' GROUP BY job_id) c
    """,
    "derivatives": """
        SELECT coalesce(sum(n - 1), 0) FROM (
            SELECT count(*) AS n FROM version_derivative WHERE is_current GROUP BY version_id, kind) c
    """,
}


def drain(house: House) -> Json:
    """Let all work end; what failed because it was killed again and again is tried again by hand."""
    retried = 0
    for _ in range(RETRIES):
        until(lambda: not house.rows(AT_REST), DRAIN_S)
        failed = [job for job, kind in house.rows(FAILED) if kind in BY_KILLS]
        again = [job for job, kind in house.rows(FAILED) if kind in BY_KILLS - {"dependency-failed"}]
        if not failed:
            break
        retried += len(again)
        for job in again:
            house.ask(f"/v1/jobs/{job}/retry", {})
    left = house.rows(FAILED)
    stuck = len(house.rows(AT_REST)) + len(left)
    return {"stuck": stuck, "retried": retried, "failed_kinds": sorted({str(kind) for _, kind in left})}


def lost_of(house: House, journal: list[Json]) -> list[str]:
    """Everything acknowledged that is not there: every byte is read back and hashed."""
    store = servers_of(house.started.folder.root).store
    completed = {line["upload"]: line for line in journal if line["what"] == "completed"}
    lost = []
    for upload, line in completed.items():
        found = house.rows(OBJECTS_OF, line["version"])
        if len(found) != 1:
            lost.append(f"version {line['version']} has {len(found)} files")
            continue
        digest = hashlib.sha256()
        for piece in store.stream(found[0][0]):
            digest.update(piece)
        if digest.hexdigest() != line["sha256"]:
            lost.append(f"upload {upload}: {digest.hexdigest()} instead of {line['sha256']}")
    for line in journal:
        if line["what"] == "part" and line["upload"] not in completed:
            received = house.ask(f"/v1/uploads/{line['upload']}")["files"][0]["received"]
            if line["sha256"] not in [part["sha256"] for part in received]:
                lost.append(f"part {line['number']} of upload {line['upload']}")
        if line["what"] == "opened" and not house.rows(
            "SELECT 1 FROM upload WHERE id::text = %s", line["upload"]
        ):
            lost.append(f"upload {line['upload']}")
    return lost


def duplicates_of(house: House, journal: list[Json]) -> dict[str, int]:
    """What is there more than once."""
    opened = len({line["upload"] for line in journal if line["what"] == "opened"})
    completed = len({line["upload"] for line in journal if line["what"] == "completed"})
    given: dict[str, tuple[int, ...]] = {"uploads": (opened,), "versions": (completed,)}
    return {
        name: max(0, int(house.rows(query, *given.get(name, ()))[0][0])) for name, query in DUPLICATES.items()
    }


def restored(house: House) -> Json:
    """Back up the house and restore it into an empty folder: each row and each object is compared."""
    vault, again = house.root / "vault", house.root / "restored"
    backup = command("backup", vault, "--data", house.started.folder.root, "--json")
    done = command("restore", vault, "--data", again, "--json")
    return {
        "restored_rows": done.get("rows"),
        "restored_objects": done.get("objects"),
        "restore_equal": bool(done) and bool(backup) and done["objects"] == backup["objects"],
    }


def command(*words: str | Path) -> Json:
    """A command of the stack's, and its JSON; nothing if it failed."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "stack", *map(str, words)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        print(done.stderr[-2000:], file=sys.stderr)
        return {}
    found: Any = json.loads(done.stdout.splitlines()[-1])
    return dict(found)
