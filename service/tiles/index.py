"""Where each tile of a derivative lies: its `index.json`, read once and kept while it is used."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from starlette.concurrency import run_in_threadpool

from service.tiles.caches import WeightedCache
from storage.db import Sessions, transaction
from storage.derivatives import queries as derivatives
from storage.derivatives.keys import object_key
from storage.objects.s3 import S3Store

INDEX = "index.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """A tile: which object it lies in, from which byte, how long, and what it is."""

    pack: str
    offset: int
    size_bytes: int
    media_type: str


Index = Mapping[str, Entry]


def parse_index(content: bytes) -> Index:
    """Return the entries of an `index.json`, by tile key.

    Its form is ours: a list of packs, and for each key `[pack number, offset, length, media type]`.
    """
    document = json.loads(content)
    packs = [str(pack) for pack in document["packs"]]
    return {
        str(key): Entry(packs[number], int(offset), int(length), str(media_type))
        for key, (number, offset, length, media_type) in document["entries"].items()
    }


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
        size_bytes = await run_in_threadpool(self._size, derivative_id)
        content = await self._store.aget_range(object_key(derivative_id, INDEX), 0, size_bytes)
        index = await run_in_threadpool(parse_index, content)
        self._cache.put(derivative_id, index, max(1, len(index)))
        return index

    def _size(self, derivative_id: UUID) -> int:
        with transaction(self._sessions) as db:
            return derivatives.file_of(db, derivative_id, INDEX).size_bytes
