"""Which parts of which files go, and the bytes of one part, once or again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from heritwin.api import Json
from heritwin.errors import FileChangedError
from heritwin.uploads.files import BLOCK_BYTES, LocalFile, opened

# Parts of very large files (above 290 GB) are larger than this and are read twice instead of held.
HELD_BYTES = 64 << 20


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of a file, as the server cut it; numbers count from 1."""

    file: LocalFile
    file_id: str
    number: int
    offset: int
    size_bytes: int

    @property
    def label(self) -> str:
        """What a person calls it."""
        return f"part {self.number} of {self.file.name}"


def parts_of(entry: Json, file: LocalFile) -> list[Part]:
    """Every part of one file of an upload."""
    step = int(entry["part_size_bytes"])
    return [
        Part(
            file=file,
            file_id=entry["id"],
            number=number,
            offset=(number - 1) * step,
            size_bytes=min(step, file.size_bytes - (number - 1) * step),
        )
        for number in range(1, entry["parts"] + 1)
    ]


def missing(upload: Json, files: list[LocalFile]) -> list[Part]:
    """The parts that are not there yet: the first and the last of each file come first."""
    by_name = {file.name: file for file in files}
    ends: list[Part] = []
    middles: list[Part] = []
    for entry in upload["files"]:
        there = {part["number"] for part in entry.get("received", [])}
        for part in parts_of(entry, by_name[entry["path"]]):
            if part.number not in there:
                (ends if part.number in (1, entry["parts"]) else middles).append(part)
    return ends + middles


class PartBytes:
    """The bytes of a part: held in memory where that is cheap, else read again for every use."""

    def __init__(self, part: Part) -> None:
        self._part = part
        digest = hashlib.sha256()
        held = bytearray() if part.size_bytes <= HELD_BYTES else None
        for block in _blocks(part, BLOCK_BYTES):
            digest.update(block)
            if held is not None:
                held += block
        self._held = None if held is None else memoryview(held)
        self.sha256 = digest.hexdigest()

    def pieces(self, piece_bytes: int) -> Iterator[memoryview | bytes]:
        """The bytes, piece by piece."""
        if self._held is None:
            yield from _blocks(self._part, piece_bytes)
            return
        for at in range(0, len(self._held), piece_bytes):
            yield self._held[at : at + piece_bytes]


def _blocks(part: Part, block_bytes: int) -> Iterator[bytes]:
    """Read a part, checked against the file as it was when the upload began."""
    left = part.size_bytes
    with opened(part.file) as stream:
        stream.seek(part.offset)
        while left:
            block = stream.read(min(block_bytes, left))
            if not block:
                raise FileChangedError(
                    f"{part.file.path} ended early, {left:,} bytes before the end of part {part.number}.",
                    hint="Wait until nothing writes to it, then run the same command again.",
                )
            left -= len(block)
            yield block
    part.file.check()
