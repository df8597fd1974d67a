"""Bytes of tiles: out of the hot cache, or by one ranged read out of a pack."""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from service.metrics import Metrics
from service.middleware import IS_HEAD
from service.settings import Settings
from service.tiles.access import ReadAccess
from service.tiles.caches import WeightedCache
from service.tiles.index import Entry, Indexes
from service.tiles.placed import placed_tileset
from service.tiles.ranges import asked_range, matches_etag
from storage.callers import Caller
from storage.db import Sessions, transaction
from storage.derivatives.belonging import belongs_to
from storage.errors import NotFoundError
from storage.objects.s3 import S3Store
from storage.placements import queries as placements

_YEAR = "max-age=31536000, immutable"
_GZIPPED = frozenset({"application/json", "model/gltf+json"})
_FREE_FOR_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Range, Content-Length, ETag, Accept-Ranges",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}


class Way(Enum):
    """How tiles are asked for: by anybody, with a token in the address, or as somebody known."""

    PUBLIC = "public"
    TOKEN = "token"
    SESSION = "session"

    @property
    def cache(self) -> str:
        """Who may keep an answer."""
        return "public" if self is Way.PUBLIC else "private"

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by which pages of other origins may read it: not where a cookie would open it."""
        return {} if self is Way.SESSION else _FREE_FOR_ALL


@dataclass(frozen=True, kw_only=True)
class Content:
    """Some bytes of one object, and how they are to be sent."""

    key: str
    offset: int
    size_bytes: int
    media_type: str
    etag: str
    headers: Mapping[str, str]


class TileService:
    """Answers for tiles and files of derivatives."""

    def __init__(self, settings: Settings, sessions: Sessions, store: S3Store, metrics: Metrics) -> None:
        self.access = ReadAccess(
            sessions, settings.secret.get_secret_value().encode(), settings.access_cache_s
        )
        self._sessions = sessions
        self._store = store
        self._metrics = metrics
        self._indexes = Indexes(sessions, store, settings.tile_index_entries)
        self._hot: WeightedCache[tuple[str, int, str], bytes] = WeightedCache(settings.tile_cache_bytes)
        self._largest_hot_bytes = settings.tile_cache_largest_bytes

    async def tile(self, request: Request, derivative_id: UUID, path: str, way: Way) -> Response:
        """Answer for one tile of a derivative that the caller may read."""
        entry = await self._entry(derivative_id, path)
        content = Content(
            key=entry.object_key,
            offset=entry.offset,
            size_bytes=entry.size_bytes,
            media_type=entry.media_type,
            etag=f'"{derivative_id.hex}-{entry.pack}-{entry.offset:x}"',
            headers={"Cache-Control": f"{way.cache}, {_YEAR}", **way.headers},
        )
        return await self.send(request, content)

    async def placed(
        self, request: Request, caller: Caller, derivative_id: UUID, placement_id: UUID, way: Way
    ) -> Response:
        """Answer with the root tileset that puts the derivative where the placement says.

        Its matrix is that of the last decision, so this small answer is asked again, by its ETag.
        """
        placement = await run_in_threadpool(self._placement, caller, derivative_id, placement_id)
        entry = await self._entry(derivative_id, "tileset.json")
        tileset = json.loads(await self._read(entry.object_key, entry.offset, entry.size_bytes))
        body = json.dumps(placed_tileset(tileset, placement)).encode()
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "no-cache", **way.headers}
        if matches_etag(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
        return Response(body, media_type="application/json", headers=headers)

    async def send(self, request: Request, content: Content) -> Response:
        """Answer with the content: 304, a range of it, compressed, whole or streamed."""
        headers = {"ETag": content.etag, "Accept-Ranges": "bytes", **content.headers}
        if matches_etag(request.headers.get("if-none-match"), content.etag):
            return Response(status_code=304, headers=headers)
        asked = asked_range(request.headers.get("range"), content.size_bytes)
        if content.media_type in _GZIPPED:
            headers["Vary"] = "Accept-Encoding"
            if asked is None and _accepts_gzip(request) and content.size_bytes <= self._largest_hot_bytes:
                return await self._send_gzipped(content, headers)
        first, length = asked or (0, content.size_bytes)
        status = 200
        if asked is not None:
            status = 206
            headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{content.size_bytes}"
        headers["Content-Length"] = str(length)
        self._metrics.tile_bytes.inc(length)
        if request.scope.get(IS_HEAD):
            return Response(status_code=status, headers=headers, media_type=content.media_type)
        if content.size_bytes <= self._largest_hot_bytes:
            whole = await self._read(content.key, content.offset, content.size_bytes)
            body = whole if asked is None else whole[first : first + length]
            return Response(body, status, headers, content.media_type)
        chunks = self._store.astream(content.key, offset=content.offset + first, length=length)
        return StreamingResponse(chunks, status, headers, content.media_type)

    async def _send_gzipped(self, content: Content, headers: dict[str, str]) -> Response:
        key = (content.key, content.offset, "gzip")
        body = self._hot.get(key)
        if body is None:
            whole = await self._read(content.key, content.offset, content.size_bytes)
            body = await run_in_threadpool(gzip.compress, whole, 6, mtime=0)
            self._hot.put(key, body, len(body))
        self._metrics.tile_bytes.inc(len(body))
        return Response(body, 200, {**headers, "Content-Encoding": "gzip"}, content.media_type)

    async def _entry(self, derivative_id: UUID, path: str) -> Entry:
        entry = (await self._indexes.of(derivative_id)).get(path)
        if entry is None:
            raise NotFoundError.of("tile", path)
        return entry

    async def _read(self, key: str, offset: int, size_bytes: int) -> bytes:
        hot = self._hot.get((key, offset, ""))
        if hot is not None:
            self._metrics.tile_reads.labels("cache").inc()
            return hot
        self._metrics.tile_reads.labels("store").inc()
        content = await self._store.aget_range(key, offset, size_bytes)
        self._hot.put((key, offset, ""), content, len(content))
        return content

    def _placement(self, caller: Caller, derivative_id: UUID, placement_id: UUID) -> Any:
        with transaction(self._sessions) as db:
            placement = placements.get_placement(db, caller, placement_id)
            if not belongs_to(db, derivative_id, placement.version_id):
                raise NotFoundError.of("placement", placement_id)
            return placement.site_from_scan


def _accepts_gzip(request: Request) -> bool:
    for item in request.headers.get("accept-encoding", "").split(","):
        coding, _, weight = item.strip().partition(";")
        if coding in ("gzip", "*") and weight.replace(" ", "") not in ("q=0", "q=0.0"):
            return True
    return False
