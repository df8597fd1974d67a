"""Take a backup of a running stack: one moment of the database, then every object its rows name.

Rows first: an object is there before its row says so and is never written again, so whatever the rows of the
moment name can be copied afterwards, at leisure, while uploads and jobs go on. Only deletions have to wait.
"""

import fcntl
import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from stack.backup.layout import (
    DUMP,
    OBJECTS,
    PARTIAL,
    Manifest,
    SavedObject,
    Vault,
    digest_of,
    read_objects,
    sync_folder,
    write_manifest,
    write_objects,
)
from stack.backup.servers import Servers, tool
from stack.errors import BackupError
from storage import clock
from storage.db import make_engine, make_sessions, transaction
from storage.errors import NotFoundError, UnavailableError
from storage.inventory import KeptObject, hold_deletions, kept_objects, table_digests
from storage.migrate import schema_revision

AT_ONCE = 4
TRIES, TRY_AGAIN_S = 6, 5.0
DUMP_S = 4 * 3600
Hear = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """A finished backup, and what it cost."""

    folder: Path
    objects: int
    bytes: int
    copied: int
    copied_bytes: int
    rows: int
    missing: list[str]
    seconds: float


def take(servers: Servers, destination: Path, *, hear: Hear, verify: bool, allow_missing: bool) -> Taken:
    """Back up into a folder of backups; what an earlier backup of it holds is not copied again."""
    began = time.monotonic()
    vault = Vault(destination)
    vault.prepare()
    with _alone(vault), _no_deletions(servers):
        _sweep(vault)
        folder = vault.backups / f"{clock.now():%Y-%m-%dT%H%M%S.%fZ}{PARTIAL}"
        folder.mkdir(mode=0o700)
        revision, tables, kept = _freeze(servers, folder)
        done = _copy_all(servers, vault, kept, hear=hear, verify=verify)
        if done.missing and not allow_missing:
            raise BackupError(
                f"{len(done.missing)} of {len(kept)} objects cannot be saved: " + "; ".join(done.missing[:5]),
                "see docs/operator: what to do about missing objects; --allow-missing saves the rest",
            )
        write_objects(folder, done.saved)
        manifest = Manifest(
            schema=1,
            made_at=clock.now().isoformat(),
            revision=revision,
            database_sha256=digest_of(folder / DUMP),
            objects_sha256=digest_of(folder / OBJECTS),
            objects=len(done.saved),
            bytes=sum(saved.bytes for saved in done.saved),
            tables=tables,
            missing=done.missing,
        )
        write_manifest(folder, manifest)
        sync_folder(folder)
        finished = folder.with_name(folder.name.removesuffix(PARTIAL))
        os.replace(folder, finished)
        sync_folder(vault.backups)
    return Taken(
        folder=finished,
        objects=manifest.objects,
        bytes=manifest.bytes,
        copied=done.copied,
        copied_bytes=done.copied_bytes,
        rows=sum(int(table["rows"]) for table in tables.values()),
        missing=done.missing,
        seconds=time.monotonic() - began,
    )


@contextmanager
def _alone(vault: Vault) -> Iterator[None]:
    with vault.lock_file.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(f"another backup into {vault.root} is under way", "wait for it") from error
        yield


@contextmanager
def _no_deletions(servers: Servers) -> Iterator[None]:
    """Keep reapers away; the lock is the connection's, so it falls however this process ends."""
    engine = make_engine(servers.database_url, pool_size=1)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            hold_deletions(Session(connection))
            yield
    finally:
        engine.dispose()


def _sweep(vault: Vault) -> None:
    """Remove what backups that were cut short left; objects that are whole stay and need no second copy."""
    for folder in vault.backups.glob(f"*{PARTIAL}"):
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    for path in vault.objects.glob(f"*{PARTIAL}"):
        path.unlink()


def _freeze(servers: Servers, folder: Path) -> tuple[str, dict[str, dict[str, Any]], list[KeptObject]]:
    """Save the rows of one moment; return schema revision, tables' digests and the objects they name."""
    engine = make_engine(servers.database_url, pool_size=1)
    try:
        sessions = make_sessions(engine.execution_options(isolation_level="REPEATABLE READ"))
        with transaction(sessions) as db:
            snapshot = str(db.scalar(text("SELECT pg_export_snapshot()")))
            _dump(servers, folder / DUMP, snapshot)
            tables = {name: asdict(digest) for name, digest in table_digests(db).items()}
            return str(schema_revision(db)), tables, list(kept_objects(db))
    finally:
        engine.dispose()


def _dump(servers: Servers, path: Path, snapshot: str) -> None:
    command = [tool("pg_dump"), "--dbname", servers.libpq_url, "--snapshot", snapshot, "--format", "custom"]
    options = ["--no-owner", "--no-privileges", "--no-comments", "--file", str(path)]
    done = subprocess.run(
        [*command, *options],
        env=servers.environment(),
        capture_output=True,
        text=True,
        timeout=DUMP_S,
        check=False,
    )
    if done.returncode != 0:
        raise BackupError("pg_dump failed", done.stderr[-2000:])
    sync_folder(path.parent)
    with path.open("rb") as file:
        os.fsync(file.fileno())


@dataclass
class _Copies:
    saved: list[SavedObject]
    missing: list[str]
    copied: int = 0
    copied_bytes: int = 0


def _copy_all(servers: Servers, vault: Vault, kept: list[KeptObject], *, hear: Hear, verify: bool) -> _Copies:
    known = _known(vault)
    done = _Copies(saved=[], missing=[])

    def copy(item: KeptObject) -> tuple[SavedObject | None, int, str]:
        try:
            return (*_copy(servers, vault, item, known.get(item.key), verify=verify), "")
        except (BackupError, NotFoundError, UnavailableError) as error:
            return None, 0, f"{item.key}: {error.message}"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, (saved, copied_bytes, why) in enumerate(pool.map(copy, kept), 1):
            if saved is None:
                done.missing.append(why)
            else:
                done.saved.append(saved)
                done.copied += copied_bytes > 0
                done.copied_bytes += copied_bytes
            hear(number, len(kept))
    return done


def _known(vault: Vault) -> dict[str, SavedObject]:
    """What the last backup knows of each key: objects are written once, so it still holds."""
    whole = vault.whole()
    return {saved.key: saved for saved in read_objects(whole[-1])} if whole else {}


def _copy(
    servers: Servers, vault: Vault, item: KeptObject, before: SavedObject | None, *, verify: bool
) -> tuple[SavedObject, int]:
    """Save one object unless it is there; return it, and how many bytes were copied."""
    sha256 = item.sha256 or (before.sha256 if before else None)
    if sha256 is not None:
        place = vault.place_of(sha256)
        if place.exists() and (not verify or digest_of(place) == sha256):
            size = place.stat().st_size
            return SavedObject(key=item.key, sha256=sha256, bytes=size, media_type=item.media_type), 0
    for attempt in range(1, TRIES + 1):
        try:
            found, size = _fetch(servers, vault, item)
            return SavedObject(key=item.key, sha256=found, bytes=size, media_type=item.media_type), size
        except UnavailableError:
            # The store may just be starting again; an object that is not there is another error.
            if attempt == TRIES:
                raise
            time.sleep(TRY_AGAIN_S)
    raise AssertionError("the last try returns or raises")


def _fetch(servers: Servers, vault: Vault, item: KeptObject) -> tuple[str, int]:
    partial = vault.objects / f"{hashlib.sha256(item.key.encode()).hexdigest()}{PARTIAL}"
    digest, size = hashlib.sha256(), 0
    try:
        with partial.open("wb") as file:
            for piece in servers.store.stream(item.key):
                digest.update(piece)
                size += len(piece)
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        found = digest.hexdigest()
        if item.sha256 not in (None, found) or item.size_bytes not in (None, size):
            raise BackupError(
                f"it has sha256 {found} and {size} bytes, its row says {item.sha256}, {item.size_bytes}"
            )
        place = vault.place_of(found)
        place.parent.mkdir(mode=0o700, exist_ok=True)
        os.replace(partial, place)
        sync_folder(place.parent)
    finally:
        partial.unlink(missing_ok=True)
    return found, size
