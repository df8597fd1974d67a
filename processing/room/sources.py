"""Where bytes come from: plain files, or ranges of the job's inputs over one inherited socket."""

from __future__ import annotations

import io
import os
import socket
import struct
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from processing.errors import KnownError

REQUEST = struct.Struct("<IQI")
ANSWER = struct.Struct("<I")
REFUSED = 0xFFFFFFFF
MAX_RANGE_BYTES = 8 << 20
BUFFER_BYTES = 1 << 20
COPY_BYTES = 4 << 20
# Ranges under way at once: a store answers a small one in about a millisecond, most of it waiting.
ASKED_AHEAD = 8
# In the time of one more request a store sends more than this (a SeaweedFS on the same machine, 3 ms and 400
# MB/s; one far away takes longer for both): ranges nearer than that are one.
WORTH_A_REQUEST = 512 << 10


class Source(Protocol):
    """Bytes of one input, readable at any offset."""

    @property
    def name(self) -> str:
        """The file's own name, as the uploader wrote it, without folders."""

    @property
    def size(self) -> int:
        """Size in bytes."""

    def read_at(self, offset: int, length: int) -> bytes:
        """Read at most length bytes from offset; fewer only at the end of the file."""


class FileSource:
    """A plain file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self._descriptor = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._descriptor).st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """Read at most length bytes from offset."""
        return os.pread(self._descriptor, length, offset)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill a buffer from offset; answer how many bytes there were."""
        done = 0
        while done < len(buffer):
            got = os.preadv(self._descriptor, [buffer[done:]], offset + done)
            if not got:
                break
            done += got
        return done

    def __del__(self) -> None:
        descriptor = getattr(self, "_descriptor", None)
        if descriptor is not None:
            os.close(descriptor)


def is_local(source: Source) -> bool:
    """Say whether a source is a file of this machine, of which small reads cost nothing."""
    return isinstance(source, FileSource)


def read_into(source: Source, offset: int, buffer: memoryview) -> memoryview:
    """Read as many bytes as the buffer has, fewer only at the end; a local file's are put into it."""
    if isinstance(source, FileSource):
        return buffer[: source.read_into(offset, buffer)]
    return memoryview(source.read_at(offset, len(buffer)))


@dataclass
class Asked:
    """A range that was asked for, and its bytes once they have come."""

    number: int
    offset: int
    length: int
    data: bytes | None = None


class RangeChannel:
    """The child's end of the socket pair: answers come in the order in which ranges were asked for."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._asked: deque[Asked] = deque()

    @classmethod
    def inherited(cls, descriptor: int) -> RangeChannel:
        """Take over a descriptor that the parent left open."""
        return cls(socket.socket(fileno=descriptor))

    def ask(self, number: int, offset: int, length: int) -> Asked:
        """Ask for one range of one input, and go on."""
        self._connection.sendall(REQUEST.pack(number, offset, length))
        asked = Asked(number, offset, length)
        self._asked.append(asked)
        return asked

    def answer(self, asked: Asked) -> bytes:
        """Wait for what was asked for; refused or broken answers raise."""
        while asked.data is None:
            first = self._asked.popleft()
            first.data = self._received(first)
        return asked.data

    def read(self, number: int, offset: int, length: int) -> bytes:
        """Ask for one range of one input, and wait for it."""
        return self.answer(self.ask(number, offset, length))

    def _received(self, asked: Asked) -> bytes:
        (size,) = ANSWER.unpack(self._receive(ANSWER.size))
        if size == REFUSED or size > asked.length:
            raise KnownError(
                "storage-unavailable",
                f"bytes {asked.offset}..{asked.offset + asked.length} of input {asked.number} could not be "
                "read from the store",
                "try again; if it repeats, check that the object store answers",
            )
        return self._receive(size)

    def _receive(self, size: int) -> bytes:
        buffer = bytearray(size)
        view = memoryview(buffer)
        while view:
            got = self._connection.recv_into(view)
            if got == 0:
                raise KnownError("worker-lost", "the worker closed the channel that inputs come through")
            view = view[got:]
        return bytes(buffer)


class RangedSource:
    """One input of the job, read by ranges through the channel."""

    def __init__(self, channel: RangeChannel, number: int, name: str, size: int) -> None:
        self._channel = channel
        self._number = number
        self.name = name
        self.size = size
        # Set by the runner: a copy for libraries that need a path is made once for all steps of a request.
        self.copy_folder: Path | None = None
        self.copied: Path | None = None

    def read_at(self, offset: int, length: int) -> bytes:
        """Read at most length bytes from offset, in requests of at most 8 MiB."""
        end = min(offset + length, self.size)
        pieces = []
        while offset < end:
            piece = self._channel.read(self._number, offset, min(end - offset, MAX_RANGE_BYTES))
            if not piece:
                raise KnownError("truncated", f"{self.name} ends at byte {offset}, {self.size} were promised")
            pieces.append(piece)
            offset += len(piece)
        return b"".join(pieces) if len(pieces) != 1 else pieces[0]

    def read_ahead(self, ranges: Iterable[tuple[int, int]]) -> Iterator[bytes]:
        """Read ranges (offset, length of at most 8 MiB), asking for some while others are under way."""
        waiting: deque[Asked] = deque()
        for offset, length in ranges:
            waiting.append(self._channel.ask(self._number, offset, max(0, min(length, self.size - offset))))
            if len(waiting) == ASKED_AHEAD:
                yield self._channel.answer(waiting.popleft())
        while waiting:
            yield self._channel.answer(waiting.popleft())


class BytesSource:
    """Bytes already in memory."""

    def __init__(self, name: str, data: bytes) -> None:
        self.name = name
        self.size = len(data)
        self._data = data

    def read_at(self, offset: int, length: int) -> bytes:
        """Read at most length bytes from offset."""
        return self._data[offset : offset + length]


class _RawSource(io.RawIOBase):
    """The raw layer under io.BufferedReader."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._source.size}[whence]
        if base + offset < 0:
            raise ValueError(f"cannot seek to {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no length
        data = self._source.read_at(self._position, len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


def open_source(source: Source, buffer_bytes: int = BUFFER_BYTES) -> io.BufferedReader:
    """Open a source as a seekable buffered file."""
    if isinstance(source, FileSource):
        return io.BufferedReader(io.FileIO(source.path), buffer_size=buffer_bytes)
    return io.BufferedReader(_RawSource(source), buffer_size=buffer_bytes)


def read_ranges(source: Source, ranges: Sequence[tuple[int, int]]) -> Iterator[bytes]:
    """Read ranges (offset, length), from the store several at once; shorter only at the end of the file.

    From the store, ranges with little between them come in one request.
    """
    if isinstance(source, RangedSource) and all(length <= MAX_RANGE_BYTES for _, length in ranges):
        groups = together(ranges)
        whole = [(group[0][0], group[-1][0] + group[-1][1] - group[0][0]) for group in groups]
        for group, (start, _), data in zip(groups, whole, source.read_ahead(whole), strict=True):
            for offset, length in group:
                yield data[offset - start : offset - start + length]
        return
    for offset, length in ranges:
        yield source.read_at(offset, length)


def together(ranges: Sequence[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Group ranges, in their order, that are worth one request."""
    groups: list[list[tuple[int, int]]] = []
    for offset, length in ranges:
        if groups:
            (start, _), (last, size) = groups[-1][0], groups[-1][-1]
            near = 0 <= offset - (last + size) <= WORTH_A_REQUEST
            if near and offset + length - start <= MAX_RANGE_BYTES:
                groups[-1].append((offset, length))
                continue
        groups.append([(offset, length)])
    return groups


def materialise(source: Source, folder: Path) -> Path:
    """Give a real path for libraries that need one: the file itself, or a copy inside folder."""
    if isinstance(source, FileSource):
        return source.path
    if isinstance(source, RangedSource):
        if source.copied is None:
            source.copied = _copied(source, source.copy_folder or folder)
        return source.copied
    return _copied(source, folder)


def _copied(source: Source, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    # The uploader's name never becomes a path of ours; libraries only look at the suffix.
    path = folder / f"input-{len(list(folder.iterdir()))}{_safe_suffix(source.name)}"
    with path.open("xb") as copy:
        for offset in range(0, source.size, COPY_BYTES):
            copy.write(source.read_at(offset, COPY_BYTES))
    return path


def _safe_suffix(name: str) -> str:
    suffix = Path(name).suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 8 else ""
