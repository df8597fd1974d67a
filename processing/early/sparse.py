"""A file of which only some ranges are there; what is asked beyond them is not there yet."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from processing.room.sources import Source


class NotThereYetError(Exception):
    """A range was asked for that has not been sent."""

    def __init__(self, offset: int, length: int) -> None:
        super().__init__(f"bytes {offset:,} to {offset + length:,} are not there yet")


@dataclass(frozen=True, kw_only=True)
class Piece:
    """One range that is there."""

    offset: int
    source: Source

    @property
    def end(self) -> int:
        """Where it ends in the file."""
        return self.offset + self.source.size


class SparseSource:
    """A whole file's name and size, and the pieces of it that are there."""

    def __init__(self, name: str, size: int, pieces: list[Piece]) -> None:
        self.name, self.size = name, size
        self.pieces = sorted(pieces, key=lambda piece: piece.offset)

    @property
    def seen_bytes(self) -> int:
        """How many bytes of the file are there."""
        seen, end = 0, 0
        for piece in self.pieces:
            seen += max(0, piece.end - max(end, piece.offset))
            end = max(end, piece.end)
        return seen

    def head(self) -> bytes:
        """What is there of the beginning."""
        first = next((piece for piece in self.pieces if piece.offset == 0), None)
        return first.source.read_at(0, first.source.size) if first is not None else b""

    def read_at(self, offset: int, length: int) -> bytes:
        """Read a range that is there.

        Raises
        ------
        NotThereYetError
            If a byte of it is missing.
        """
        end = min(offset + length, self.size)
        found: list[bytes] = []
        while offset < end:
            piece = next((p for p in self.pieces if p.offset <= offset < p.end), None)
            if piece is None:
                raise NotThereYetError(offset, end - offset)
            data = piece.source.read_at(offset - piece.offset, min(end, piece.end) - offset)
            found.append(data)
            offset += len(data)
        return b"".join(found)

    def write_sparse(self, path: Path) -> Path:
        """Write the pieces into a file of the whole size with holes between, where a path is needed."""
        with path.open("xb") as file:
            for piece in self.pieces:
                file.seek(piece.offset)
                file.write(piece.source.read_at(0, piece.source.size))
            file.truncate(self.size)
        return path


class Masked:
    """A source some of whose bytes read otherwise: to leave out what is not there yet."""

    def __init__(self, source: Source, masks: dict[int, bytes]) -> None:
        self.name, self.size = source.name, source.size
        self._source, self._masks = source, masks

    def read_at(self, offset: int, length: int) -> bytes:
        """Read, with the masks laid over."""
        data = bytearray(self._source.read_at(offset, length))
        for at, mask in self._masks.items():
            begin, end = max(at, offset), min(at + len(mask), offset + len(data))
            if begin < end:
                data[begin - offset : end - offset] = mask[begin - at : end - at]
        return bytes(data)
