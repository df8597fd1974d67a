"""Where each tile of a derivative lies: its `index.json`, read once and kept while it is used."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from service.errors import BrokenIndexError
from service.tiles.caches import WeightedCache
from storage.db import Sessions, transaction
from storage.derivatives import queries as derivatives
from storage.derivatives.records import DerivativeFile
from storage.objects.s3 import S3Store

INDEX = "index.json"
# What a tileset of ours consists of (`processing.tiles.sinks`); nothing a browser would run.
MEDIA_TYPES = frozenset({"application/json", "model/gltf-binary", "application/octet-stream"})
LARGEST_OFFSET = 1 << 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A tile: which pack it lies in and where that is, from which byte, how long, and what it is."""

    pack: str
    object_key: str
    offset: int
    size_bytes: int
    media_type: str


Index = Mapping[str, Entry]


def parse_index(content: bytes, object_keys: Mapping[str, str]) -> Index:
    """Return the entries of an `index.json`, by tile key.

    Its form is ours: a list of packs, and for each key `[pack number, offset, length, media type]`. A pack
    that is no file of the derivative (`object_keys`, by path) is not looked for elsewhere: the index was
    written beside a stranger's bytes.

    Raises
    ------
    BrokenIndexError
        If it is not of this form.
    """
    try:
        document = json.loads(content)
        packs = [(str(pack), object_keys.get(str(pack))) for pack in document["packs"]]
        entries = {}
        for tile, (number, offset, length, media_type) in document["entries"].items():
            _require_plain(number, offset, length, media_type)
            pack, key = packs[number]
            if key is not None:
                entries[str(tile)] = Entry(pack, key, offset, length, media_type)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError) as error:
        raise BrokenIndexError(f"{INDEX} of these tiles is not one of ours: {error!r}"[:300]) from error
    return entries


def _require_plain(number: object, offset: object, length: object, media_type: object) -> None:
    """Refuse numbers that are no places (true and 1.5 among them), and types that tiles do not have."""
    for value in (number, offset, length):
        if type(value) is not int or not 0 <= value < LARGEST_OFFSET:
            raise ValueError(f"{value!r} is no place in a pack")
    if media_type not in MEDIA_TYPES:
        raise ValueError(f"{media_type!r} is no type of a tile")


class Indexes:
    """Indexes of derivatives, bounded by the number of entries; each is read by one request at a time."""

    def __init__(self, sessions: Sessions, store: S3Store, entries: int) -> None:
        self._sessions = sessions
        self._store = store
        self._cache: WeightedCache[UUID, Index] = WeightedCache(entries)
        self._reading: dict[UUID, asyncio.Task[Index]] = {}

    async def of(self, derivative_id: UUID) -> Index:
        """Return the index of a derivative.

        Raises
        ------
        NotFoundError
            If it has none, because it is no tileset.
        """
        index = self._cache.get(derivative_id)
        if index is not None:
            return index
        task = self._reading.get(derivative_id)
        if task is None:
            task = asyncio.create_task(self._read(derivative_id))
            self._reading[derivative_id] = task
            task.add_done_callback(lambda _: self._reading.pop(derivative_id, None))
        # Shielded: one viewer leaving must not take the index from the others who wait for it.
        return await asyncio.shield(task)

    async def _read(self, derivative_id: UUID) -> Index:
        file, object_keys = await run_in_threadpool(self._files, derivative_id)
        content = await self._store.aget_range(file.object_key, 0, file.size_bytes)
        index = await run_in_threadpool(parse_index, content, object_keys)
        self._cache.put(derivative_id, index, max(1, len(index)))
        return index

    def _files(self, derivative_id: UUID) -> tuple[DerivativeFile, Mapping[str, str]]:
        with transaction(self._sessions) as db:
            file = derivatives.file_of(db, derivative_id, INDEX)
            return file, derivatives.object_keys(db, derivative_id)
