"""Packs of several workers under one index, with a digest of every piece, whatever pack it lies in."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.tiles.sinks import PackSink


class PartSink(PackSink):
    """Packs, and the SHA-256 of each piece: parts made twice, or by other workers, can be compared."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.digests: dict[str, str] = {}

    def put(self, key: str, data: bytes, media_type: str) -> None:
        """Append one piece."""
        super().put(key, data, media_type)
        self.digests[key] = hashlib.sha256(data).hexdigest()

    def content_sha256(self) -> str:
        """Answer the SHA-256 over the keys of all pieces, in order, each with its own."""
        whole = hashlib.sha256()
        for key in sorted(self.digests):
            whole.update(f"{key} {self.digests[key]}\n".encode())
        return whole.hexdigest()


class JoinedSink(PartSink):
    """Packs of its own, and those that others have written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._others: list[tuple[str, dict[str, Any]]] = []

    def adopt(self, prefix: str, index: dict[str, Any], digests: dict[str, str]) -> None:
        """Have somebody else's packs in the index, seen from here under a prefix.

        Raises
        ------
        KnownError
            ``corrupt-data`` if a piece is there already, or the index and the digests do not fit.
        """
        if index["entries"].keys() != digests.keys() or self.digests.keys() & digests.keys():
            raise KnownError("corrupt-data", f"the pieces of {prefix} are not those it says, or there twice")
        self._others.append((prefix, index))
        self.digests |= digests
        self.written_bytes += sum(entry[2] for entry in index["entries"].values())

    def index(self) -> dict[str, Any]:
        """Answer where each piece lies: own packs first, then those of others in their order."""
        whole = super().index()
        for prefix, other in self._others:
            before = len(whole["packs"])
            for key, (number, *rest) in other["entries"].items():
                whole["entries"][key] = [before + number, *rest]
            whole["packs"] += [prefix + pack for pack in other["packs"]]
        return whole
