"""Objects in memory: for tests and trials, with the behaviour of the S3 backend."""

# ruff: noqa: ARG002 - the arguments are the interface's

import base64
import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from storage.clock import now
from storage.ids import new_id
from storage.objects.errors import (
    ChecksumMismatchError,
    MultipartNotFoundError,
    ObjectNotFoundError,
    PartsRefusedError,
    RangeOutsideError,
)
from storage.objects.store import (
    STREAM_CHUNK_BYTES,
    ExpectedPart,
    ListedMultipart,
    ListedObject,
    ObjectHead,
    SignedRequest,
    StoredPart,
    as_header,
    checksum_of,
    composite_checksum,
)

LEAST_PART_BYTES = 5 * 1024 * 1024
"""S3's: every part but the last."""


@dataclass(frozen=True)
class _Object:
    data: bytes
    media_type: str
    checksum: str


@dataclass
class _Multipart:
    key: str
    media_type: str
    parts: dict[int, bytes] = field(default_factory=dict)
    begun_at: datetime = field(default_factory=now)


class MemoryStore:
    """An object store that ends with its process."""

    def __init__(self) -> None:
        self._objects: dict[str, _Object] = {}
        self._multiparts: dict[str, _Multipart] = {}

    def check(self) -> None:
        """Answer: it is there."""

    def put(self, key: str, data: bytes, *, media_type: str) -> ObjectHead:
        """Write an object."""
        self._objects[key] = _Object(bytes(data), media_type, checksum_of(data))
        return self.head(key)

    def put_file(self, key: str, path: Path, *, media_type: str) -> str:
        """Write a file as an object; return its SHA-256."""
        data = path.read_bytes()
        self.put(key, data, media_type=media_type)
        return hashlib.sha256(data).hexdigest()

    def put_if_absent(self, key: str, data: bytes, *, media_type: str) -> bool:
        """Write an object unless there is another one."""
        if key in self._objects:
            return self._objects[key].data == data
        self.put(key, data, media_type=media_type)
        return True

    def get(self, key: str) -> bytes:
        """Return a whole object."""
        return self._object(key).data

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`."""
        data = self._object(key).data
        if offset < 0 or length < 1 or offset + length > len(data):
            raise RangeOutsideError(f"{key} has {len(data)} bytes, not {offset}+{length}")
        return data[offset : offset + length]

    def stream(self, key: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes in pieces."""
        data = self._object(key).data
        end = len(data) if length is None else min(len(data), offset + length)
        for start in range(offset, end, STREAM_CHUNK_BYTES):
            yield data[start : min(end, start + STREAM_CHUNK_BYTES)]

    async def aget_range(self, key: str, offset: int, length: int) -> bytes:
        """Do as `get_range`."""
        return self.get_range(key, offset, length)

    async def astream(self, key: str, *, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Do as `stream`."""
        for piece in self.stream(key, offset=offset, length=length):
            yield piece

    def head(self, key: str) -> ObjectHead:
        """Return what is known of an object."""
        found = self._object(key)
        etag = hashlib.md5(found.data, usedforsecurity=False).hexdigest()
        return ObjectHead(
            size_bytes=len(found.data),
            etag=etag,
            media_type=found.media_type,
            checksum_sha256=found.checksum,
        )

    def delete(self, key: str) -> None:
        """Remove an object, if there."""
        self._objects.pop(key, None)

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`."""
        for key in sorted(self._objects):
            if key.startswith(prefix):
                yield ListedObject(key=key, size_bytes=len(self._objects[key].data))

    def create_multipart(self, key: str, *, media_type: str) -> str:
        """Begin an object in parts."""
        multipart_id = new_id().hex
        self._multiparts[multipart_id] = _Multipart(key, media_type)
        return multipart_id

    def presign_part(
        self, key: str, multipart_id: str, part: ExpectedPart, *, expires_s: int
    ) -> SignedRequest:
        """Return a request that `accept` understands."""
        url = f"memory:///{quote(key)}?id={multipart_id}&number={part.number}&size={part.size_bytes}"
        headers = {"x-amz-checksum-sha256": as_header(part.sha256)}
        return SignedRequest(method="PUT", url=url, headers=headers)

    def presign_put(self, key: str, *, size_bytes: int, sha256: str, expires_s: int) -> SignedRequest:
        """Return a request that `accept` understands."""
        headers = {"x-amz-checksum-sha256": as_header(sha256)}
        return SignedRequest(method="PUT", url=f"memory:///{quote(key)}?size={size_bytes}", headers=headers)

    def list_multiparts(self, prefix: str) -> Iterator[ListedMultipart]:
        """Yield the multipart uploads under way."""
        for multipart_id, each in list(self._multiparts.items()):
            if each.key.startswith(prefix):
                yield ListedMultipart(key=each.key, multipart_id=multipart_id, begun_at=each.begun_at)

    def accept(self, url: str, data: bytes, headers: Mapping[str, str]) -> None:
        """Take a part sent to a signed request."""
        asked = parse_qs(urlsplit(url).query)
        if len(data) != int(asked["size"][0]) or checksum_of(data) != headers["x-amz-checksum-sha256"]:
            raise ChecksumMismatchError("these are not the bytes that were signed")
        if "id" not in asked:
            self.put(unquote(urlsplit(url).path[1:]), data, media_type="application/octet-stream")
            return
        self._multipart(asked["id"][0]).parts[int(asked["number"][0])] = bytes(data)

    def list_parts(self, key: str, multipart_id: str) -> Sequence[StoredPart]:
        """Return the parts that are there."""
        return [
            StoredPart(number=n, size_bytes=len(data), etag=_etag(data))
            for n, data in sorted(self._multipart(multipart_id).parts.items())
        ]

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[ExpectedPart]) -> ObjectHead:
        """Make the object of its parts."""
        expected = composite_checksum(parts)
        if multipart_id not in self._multiparts:
            done = self._objects.get(key)
            if done is not None and done.checksum == expected:
                return self.head(key)
        multipart = self._multipart(multipart_id)
        for part in parts:
            data = multipart.parts.get(part.number, b"")
            if checksum_of(data) != as_header(part.sha256) or not data:
                raise PartsRefusedError(f"part {part.number} of {key} is missing or has other bytes")
            if part is not parts[-1] and len(data) < LEAST_PART_BYTES:
                raise PartsRefusedError(f"part {part.number} of {key} has less than 5 MiB")
        whole = b"".join(multipart.parts[part.number] for part in parts)
        self._objects[key] = _Object(whole, multipart.media_type, expected)
        del self._multiparts[multipart_id]
        return self.head(key)

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Give up a multipart upload."""
        self._multiparts.pop(multipart_id, None)

    def presign_get(self, key: str, *, expires_s: int, filename: str | None = None) -> str:
        """Return the object itself, as a data address."""
        found = self._object(key)
        return f"data:{found.media_type};base64,{base64.b64encode(found.data).decode()}"

    def _object(self, key: str) -> _Object:
        if key not in self._objects:
            raise ObjectNotFoundError.of("object", key)
        return self._objects[key]

    def _multipart(self, multipart_id: str) -> _Multipart:
        if multipart_id not in self._multiparts:
            raise MultipartNotFoundError.of("multipart upload", multipart_id)
        return self._multiparts[multipart_id]


def _etag(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
