"""Where tiles go: a plain folder, or an index and packs of at most 256 MiB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from processing.errors import KnownError

# DESIGN section 3: packs of 64-256 MiB; a tile is one ranged read and never spans two packs.
MAX_PACK_BYTES = 256 << 20
JSON = "application/json"
GLB = "model/gltf-binary"
SUBTREE = "application/octet-stream"


class Sink(Protocol):
    """Takes named pieces, in any order, from one thread."""

    written_bytes: int

    def put(self, key: str, data: bytes, media_type: str) -> None:
        """Store one piece under a relative key such as ``tiles/3-1-0-2.glb``."""

    def close(self) -> list[dict[str, Any]]:
        """Finish, and answer the files written: path, role, media_type."""


class FolderSink:
    """One file per key."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: list[dict[str, Any]] = []
        self._made: set[Path] = set()
        self.written_bytes = 0

    def put(self, key: str, data: bytes, media_type: str) -> None:
        """Write one file."""
        _check_key(key)
        path = self._folder / key
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        path.write_bytes(data)
        self.written_bytes += len(data)
        self._files.append({"path": key, "role": "tile", "media_type": media_type})

    def close(self) -> list[dict[str, Any]]:
        """Answer the files written."""
        return self._files


class PackSink:
    """``index.json`` and ``pack-0000.bin`` …: entries are ``[pack, offset, length, media type]``."""

    def __init__(self, folder: Path, max_pack_bytes: int = MAX_PACK_BYTES) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._max = max_pack_bytes
        self._entries: dict[str, list[Any]] = {}
        self._packs: list[str] = []
        self._file: BinaryIO | None = None
        self._offset = 0
        self.written_bytes = 0

    def put(self, key: str, data: bytes, media_type: str) -> None:
        """Append one piece to the current pack."""
        _check_key(key)
        if key in self._entries:
            raise ValueError(f"{key} was put twice")
        if self._file is None or (self._offset and self._offset + len(data) > self._max):
            self._next_pack()
        assert self._file is not None
        self._file.write(data)
        self._entries[key] = [len(self._packs) - 1, self._offset, len(data), media_type]
        self._offset += len(data)
        self.written_bytes += len(data)

    def index(self) -> dict[str, Any]:
        """Answer where each piece lies."""
        return {"schema": 1, "packs": list(self._packs), "entries": dict(self._entries)}

    def close(self) -> list[dict[str, Any]]:
        """Write the index and answer the files."""
        self._close_pack()
        (self._folder / "index.json").write_text(json.dumps(self.index(), separators=(",", ":")))
        packs = [{"path": p, "role": "pack", "media_type": "application/octet-stream"} for p in self._packs]
        return [{"path": "index.json", "role": "index", "media_type": JSON}, *packs]

    def _next_pack(self) -> None:
        self._close_pack()
        self._packs.append(f"pack-{len(self._packs):04d}.bin")
        self._file = (self._folder / self._packs[-1]).open("wb", buffering=1 << 20)
        self._offset = 0

    def _close_pack(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def open_sink(folder: Path, *, packed: bool) -> Sink:
    """Make the sink that a step was asked for."""
    return PackSink(folder) if packed else FolderSink(folder)


def _check_key(key: str) -> None:
    if key.startswith("/") or ".." in key.split("/") or "\\" in key:
        raise KnownError("output-refused", f"{key!r} is not a relative key")
