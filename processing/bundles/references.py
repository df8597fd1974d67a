"""Which files a model refers to, and whether they are among the files that were sent."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from processing.errors import KnownError
from processing.formats.mtl import picture_reference
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource, Source

BLOCK_BYTES = 8 << 20
_MTLLIB = re.compile(rb"^[ \t]*mtllib[ \t]+([^\r\n]+)", re.MULTILINE)
# Every statement of an MTL that names a picture (Wavefront 1995), and what PBR writers added.
_MAPS = {
    "map_ka", "map_kd", "map_ks", "map_ke", "map_ns", "map_d", "map_tr", "map_bump", "bump", "disp", "decal",
    "refl", "map_pr", "map_pm", "map_ps", "norm", "map_norm", "map_refl",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Found:
    """A file that a reference leads to."""

    path: str
    differs_in_case: bool
    was_moved: bool = False


class Listed:
    """The paths of an upload."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._inputs = Inputs(
            tuple(Input(number=i, path=p, source=BytesSource(p, b"")) for i, p in enumerate(paths))
        )

    def find(self, referrer: str, reference: str) -> Found:
        """Find what a file refers to: as written, in another case, or by its bare name.

        Raises
        ------
        KnownError
            ``missing-reference`` or ``external-reference``.
        """
        item = Input(number=0, path=referrer, source=BytesSource(referrer, b""))
        try:
            return self._found(item, reference)
        except KnownError:
            # Exporters write paths of their own machine.
            bare = posixpath.basename(reference.replace("\\", "/").strip())
            if not bare or bare == reference.strip():
                raise
            try:
                return Found(path=self._found(item, bare).path, differs_in_case=False, was_moved=True)
            except KnownError:
                pass
            raise

    def _found(self, item: Input, reference: str) -> Found:
        found = self._inputs.sibling(item, reference)
        name = posixpath.basename(reference.replace("\\", "/").strip())
        exact = found.path.endswith(name) or posixpath.basename(found.path).casefold() != name.casefold()
        return Found(path=found.path, differs_in_case=not exact)


def references_of_obj(text: bytes) -> list[str]:
    """The material files that a stretch of an OBJ names."""
    names = [match.group(1).strip().decode("utf-8", "replace") for match in _MTLLIB.finditer(text)]
    return list(dict.fromkeys(name for name in names if name))


def scan_obj(source: Source) -> Iterator[str]:
    """The material files of a whole OBJ, block by block."""
    kept = b""
    for offset in range(0, source.size, BLOCK_BYTES):
        block = kept + source.read_at(offset, BLOCK_BYTES)
        whole = len(block) if offset + BLOCK_BYTES >= source.size else block.rfind(b"\n") + 1
        # A line longer than a block is no reference.
        yield from references_of_obj(block[: whole or len(block)])
        kept = block[whole:] if whole else b""


def references_of_mtl(text: bytes) -> list[str]:
    """The pictures that an MTL names."""
    found: list[str] = []
    for line in text.decode("utf-8", "replace").replace("\\\n", " ").splitlines():
        keyword, _, rest = line.strip().partition(" ")
        if keyword.lower() in _MAPS and (name := picture_reference(rest)):
            found.append(name)
    return list(dict.fromkeys(found))


def references_of_gltf(document: dict[str, Any]) -> list[str]:
    """The buffers and images outside a glTF's JSON; data URIs are inside."""
    found: list[str] = []
    for name in ("buffers", "images"):
        entries = document.get(name)
        for entry in entries if isinstance(entries, list) else []:
            uri = entry.get("uri") if isinstance(entry, dict) else None
            if isinstance(uri, str) and not uri.startswith("data:"):
                found.append(uri)
    return list(dict.fromkeys(found))
