"""A mesh of several files: every reference looked up before anything else is done; a zip is unpacked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from processing.bundles.archive import entries_of, unpack
from processing.bundles.references import (
    Listed,
    references_of_gltf,
    references_of_mtl,
    scan_obj,
)
from processing.errors import KnownError
from processing.formats.cloud import warning
from processing.formats.gltf_document import MAX_JSON_BYTES
from processing.formats.signatures import signature
from processing.progress import Progress
from processing.room.inputs import Input, Inputs
from processing.room.sources import FileSource, Source, open_source

MEMBERS = "members"
MOST_NAMED = 20
MAX_MTL_BYTES = 64 << 20


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Answer the files of the model, what is odd about its references, and the unpacked files of a zip.

    Raises
    ------
    KnownError
        ``missing-reference`` naming what is missing, or what the archive is refused for.
    """
    del arguments
    packed = [item for item in inputs if signature(item) == "zip"]
    if not packed:
        return _checked(list(inputs), progress) | {"files": []}
    if len(inputs) > 1:
        raise KnownError(
            "invalid-arguments",
            f"{packed[0].path} is a zip beside {len(inputs) - 1} other files",
            "send a zip alone, or the files it holds",
        )
    (item,) = packed
    progress.stage("unpacking", 1, "archives")
    folder = out / MEMBERS
    with open_source(item.source) as file:
        entries = entries_of(file, item.path)
        total = unpack(file, entries, folder, item.path)
    progress.advance()
    members = [_member(folder, number, entry.path) for number, entry in enumerate(entries)]
    files = [
        {"path": f"{MEMBERS}/{entry.path}", "role": "member", "media_type": "application/octet-stream"}
        for entry in entries
    ]
    return _checked(members, progress) | {"files": files, "unpacked_bytes": total, "archive": item.path}


def _member(folder: Path, number: int, path: str) -> Input:
    source = FileSource(folder / path)
    source.name = path.rsplit("/", 1)[-1]
    return Input(number=number, path=path, source=source)


def _checked(items: list[Input], progress: Progress) -> dict[str, Any]:
    """Look every reference up: what is missing is named at once, all of it."""
    names = Listed([item.path for item in items])
    missing: list[KnownError] = []
    notes: list[dict[str, str]] = []
    resolved = 0
    progress.stage("references", len(items), "files")
    for item in items:
        for reference in _references(item):
            try:
                found = names.find(item.path, reference)
            except KnownError as error:
                missing.append(error)
                continue
            resolved += 1
            if found.differs_in_case:
                text = f"{item.path} writes {reference!r}; the file is called {found.path!r}"
                notes.append(warning("case-differs", text))
            if found.was_moved:
                text = f"{item.path} refers to {reference!r}; {found.path} was taken"
                notes.append(warning("moved-reference", text))
        progress.advance()
    if missing:
        raise _all_of(missing)
    return {"references": resolved, "warnings": notes, "listed": [item.path for item in items]}


def _all_of(missing: list[KnownError]) -> KnownError:
    lines = [error.message for error in missing[:MOST_NAMED]]
    if len(missing) > MOST_NAMED:
        lines.append(f"and {len(missing) - MOST_NAMED} more")
    return KnownError(
        missing[0].kind,
        "; ".join(lines),
        "send them in the same upload, in the folders they were exported to, or take the references out",
    )


def _references(item: Input) -> list[str]:
    suffix = item.suffix
    if suffix == ".obj":
        return list(dict.fromkeys(scan_obj(item.source)))
    if suffix == ".mtl":
        return references_of_mtl(item.source.read_at(0, min(item.source.size, MAX_MTL_BYTES)))
    if suffix in (".gltf", ".glb"):
        return references_of_gltf(_json_of(item))
    return []


def _json_of(item: Input) -> dict[str, Any]:
    """The JSON of a glTF or GLB; what cannot be read is the reader's to say, with its reasons."""
    source: Source = item.source
    head = source.read_at(0, 20)
    text = source.read_at(0, min(source.size, MAX_JSON_BYTES))
    if head[:4] == b"glTF" and len(head) == 20:
        text = source.read_at(20, min(int.from_bytes(head[12:16], "little"), MAX_JSON_BYTES))
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
