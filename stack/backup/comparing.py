"""At start: is every object there that the rows acknowledge? What a power cut took is said, and by name."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from stack.backup.servers import Servers
from stack.folder import DataFolder
from stack.missing import as_lines, report_path
from storage.db import make_engine, make_sessions, transaction
from storage.errors import NotFoundError, StorageError
from storage.inventory import KeptObject, kept_objects
from storage.objects.store import ObjectStore

PREFIXES = ("blobs/", "assets/", "derivatives/", "work/")


@dataclass(frozen=True, kw_only=True)
class Missing:
    """An object that a row acknowledges, and what is there instead."""

    key: str
    size_bytes: int | None
    found_bytes: int | None


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a comparison of rows and store came to."""

    objects: int
    missing: tuple[Missing, ...]
    seconds: float


def look(servers: Servers) -> Look:
    """Compare every acknowledged object with the store's own list, by name and size.

    Rows first: an object is there before its row. One that was deleted meanwhile has left its rows too, so
    what seems missing is asked for again, row and object.
    """
    began = time.monotonic()
    engine = make_engine(servers.database_url, pool_size=1)
    sessions = make_sessions(engine)
    try:
        with transaction(sessions) as db:
            kept = list(kept_objects(db))
        there = {item.key: item.size_bytes for prefix in PREFIXES for item in servers.store.list(prefix)}
        suspects = [item for item in kept if not fits(item, there.get(item.key))]
        if suspects:
            with transaction(sessions) as db:
                still = {item.key for item in kept_objects(db)}
            suspects = [item for item in suspects if item.key in still]
        missing = tuple(confirmed(servers.store, suspects))
    finally:
        engine.dispose()
    return Look(objects=len(kept), missing=missing, seconds=time.monotonic() - began)


def fits(item: KeptObject, found_bytes: int | None) -> bool:
    """Whether an object of this size may be what the row means."""
    return found_bytes is not None and item.size_bytes in (None, found_bytes)


def confirmed(store: ObjectStore, suspects: list[KeptObject]) -> Iterator[Missing]:
    """Ask the store for each by name."""
    for item in suspects:
        try:
            found: int | None = store.head(item.key).size_bytes
        except NotFoundError:
            found = None
        if not fits(item, found):
            yield Missing(key=item.key, size_bytes=item.size_bytes, found_bytes=found)


def look_and_write(servers: Servers, folder: DataFolder) -> list[str]:
    """Compare, write it down for `heritwin status`, and return what to tell the operator."""
    try:
        found = look(servers)
    except StorageError as error:
        return [f"objects could not be compared with rows: {error.message}"]
    report_path(folder).write_text(json.dumps(asdict(found), indent=1))
    return as_lines(asdict(found))
