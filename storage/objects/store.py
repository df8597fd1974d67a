"""The one interface to bytes, and the values that pass through it.

Keys are `/`-separated text. Digests are lower-case hex SHA-256. Every method raises UnavailableError when the
store does not answer.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

STREAM_CHUNK_BYTES = 4 * 1024 * 1024
"""What a stream holds in memory at once."""

PLAIN_BYTES = "application/octet-stream"
"""The type that parts are sent with. SeaweedFS packs the second and later parts of an object with gzip if
they say none and their first bytes promise something; every range of them then costs four times the CPU."""


@dataclass(frozen=True, kw_only=True)
class ObjectHead:
    """What the store says of an object; `checksum_sha256` as S3 writes it, `base64` or `base64-parts`."""

    size_bytes: int
    etag: str
    media_type: str
    checksum_sha256: str | None


@dataclass(frozen=True, kw_only=True)
class ListedObject:
    """An object in a listing."""

    key: str
    size_bytes: int


@dataclass(frozen=True, kw_only=True)
class ListedMultipart:
    """A multipart upload under way, and when it was begun."""

    key: str
    multipart_id: str
    begun_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredPart:
    """A part that the store has."""

    number: int
    size_bytes: int
    etag: str


@dataclass(frozen=True, kw_only=True)
class ExpectedPart:
    """A part as it was signed: the store's own listing tells no checksums on every server."""

    number: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class SignedRequest:
    """A request somebody else may send, with these headers, until it expires."""

    method: str
    url: str
    headers: Mapping[str, str]


class ObjectStore(Protocol):
    """Bytes by key. Two backends: `memory` and `s3`; both pass one conformance suite."""

    def check(self) -> None:
        """Raise UnavailableError unless the store answers and the bucket is there."""

    def put(self, key: str, data: bytes, *, media_type: str) -> ObjectHead:
        """Write an object, with its checksum checked on the way."""

    def put_file(self, key: str, path: Path, *, media_type: str) -> str:
        """Write a file as an object; return its SHA-256."""

    def put_if_absent(self, key: str, data: bytes, *, media_type: str) -> bool:
        """Write an object unless there is one; False when there is another one.

        True as well when the same bytes are there: a repeated request whose first answer was lost.
        """

    def get(self, key: str) -> bytes:
        """Return a whole (small) object."""

    def get_range(self, key: str, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes from `offset`; RangeOutsideError if they are not all there."""

    def stream(self, key: str, *, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes in pieces, never the whole at once."""

    async def aget_range(self, key: str, offset: int, length: int) -> bytes:
        """Do as `get_range`, without blocking the event loop."""

    def astream(self, key: str, *, offset: int = 0, length: int | None = None) -> AsyncIterator[bytes]:
        """Do as `stream`, without blocking the event loop."""

    def head(self, key: str) -> ObjectHead:
        """Return what the store knows of an object."""

    def delete(self, key: str) -> None:
        """Remove an object; nothing if there is none."""

    def list(self, prefix: str) -> Iterator[ListedObject]:
        """Yield the objects whose keys begin with `prefix`, in the order of keys."""

    def create_multipart(self, key: str, *, media_type: str) -> str:
        """Begin an object in parts; return the id of the multipart upload."""

    def presign_part(
        self, key: str, multipart_id: str, part: ExpectedPart, *, expires_s: int
    ) -> SignedRequest:
        """Sign the sending of one part, held to its size and SHA-256, for the public address."""

    def presign_put(self, key: str, *, size_bytes: int, sha256: str, expires_s: int) -> SignedRequest:
        """Sign the sending of one small object, held to its size and SHA-256, for the public address."""

    def list_multiparts(self, prefix: str) -> Iterator[ListedMultipart]:
        """Yield the multipart uploads under way whose keys begin with `prefix`."""

    def list_parts(self, key: str, multipart_id: str) -> Sequence[StoredPart]:
        """Return the parts that are there, by number."""

    def complete_multipart(self, key: str, multipart_id: str, parts: Sequence[ExpectedPart]) -> ObjectHead:
        """Make the object of its parts, compare size and checksum; done again, it answers the same."""

    def abort_multipart(self, key: str, multipart_id: str) -> None:
        """Give up a multipart upload and its parts; nothing if there is none."""

    def presign_get(self, key: str, *, expires_s: int, filename: str | None = None) -> str:
        """Return a public address of an object that expires; `filename` names the download."""


def checksum_of(data: bytes) -> str:
    """Return the SHA-256 as S3 headers carry it."""
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def as_header(sha256_hex: str) -> str:
    """Return a hex digest as S3 headers carry it."""
    return base64.b64encode(bytes.fromhex(sha256_hex)).decode()


def composite_checksum(parts: Iterable[ExpectedPart]) -> str:
    """Return the checksum S3 gives an object of parts: of the parts' digests, with their number."""
    digests = [bytes.fromhex(part.sha256) for part in parts]
    return f"{base64.b64encode(hashlib.sha256(b''.join(digests)).digest()).decode()}-{len(digests)}"
