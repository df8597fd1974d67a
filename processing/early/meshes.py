"""What heads and tails of meshes and bundles declare, and which files they refer to."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any

from processing.bundles.archive import entries_of
from processing.bundles.references import Listed, references_of_gltf, references_of_mtl, references_of_obj
from processing.early.sparse import SparseSource
from processing.errors import KnownError
from processing.formats import ply_header
from processing.formats.cloud import warning
from processing.formats.gltf_document import MAX_JSON_BYTES
from processing.room.inputs import Input
from processing.room.sources import open_source

Word = dict[str, Any]
STL_HEAD, STL_TRIANGLE = 84, 50
TAIL_BYTES = 64 << 10


def obj(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Look the material files of the head up among the files of the upload."""
    del folder
    found = references_of_obj(source.head())
    not_yet = (
        [] if source.seen_bytes == source.size else [f"{item.path}: counts, and references further down"]
    )
    return _checked(item.path, found, listed) | {"not_yet": not_yet}


def mtl(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Look the pictures up among the files of the upload."""
    del folder
    return _checked(item.path, references_of_mtl(source.head()), listed)


def gltf(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Take the JSON: what it declares, what it refers to, and whether a GLB is as long as it says."""
    del folder
    head = source.read_at(0, 20)
    if head[:4] == b"glTF" and len(head) < 20:
        raise KnownError("truncated", f"{item.path} ends inside its header", "send the file again")
    if head[:4] == b"glTF":
        length, json_bytes = struct.unpack_from("<II", head, 8)
        if length > source.size:
            said = f"{item.path} says it has {length:,} bytes, and there are {source.size:,}"
            raise KnownError("truncated", said, "send the file again")
        text = source.read_at(20, min(json_bytes, MAX_JSON_BYTES))
    else:
        text = source.read_at(0, source.size)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise KnownError("invalid-header", f"{item.path}: its JSON cannot be read", None) from error
    if not isinstance(document, dict):
        raise KnownError("invalid-header", f"{item.path}: its JSON is not an object", None)
    word = _checked(item.path, references_of_gltf(document), listed)
    return word | {"vertices": _vertices(document), "attributes": _attributes(document)}


def ply(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Take the header's counts."""
    del item, folder, listed
    header = ply_header.read_header(source)
    vertex, face = header.element("vertex"), header.element("face")
    return {
        "vertices": vertex.count if vertex else None,
        "triangles": None,
        "attributes": [one.name for one in vertex.properties] if vertex else [],
        "warnings": [] if face is None else [warning("faces-declared", f"{face.count:,} faces are declared")],
    }


def stl(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Hold a binary file's count against its size; text tells nothing yet."""
    del folder, listed
    head = source.read_at(0, min(STL_HEAD, source.size))
    if len(head) < STL_HEAD or head.lstrip().startswith(b"solid"):
        return {"not_yet": [f"{item.path}: text, counts come with the rest"]}
    (triangles,) = struct.unpack_from("<I", head, 80)
    if STL_HEAD + STL_TRIANGLE * triangles > source.size:
        raise KnownError(
            "count-mismatch",
            f"{item.path} declares {triangles:,} triangles, its {source.size:,} bytes hold "
            f"{(source.size - STL_HEAD) // STL_TRIANGLE:,}",
            "the copy was cut off; send it again",
        )
    return {"triangles": int(triangles)}


def bundle(item: Input, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Read the list of a zip, which stands at its end; nothing is unpacked."""
    del folder, listed
    # The list is there when the tail is: zipfile asks for its end first.
    source.read_at(max(0, source.size - min(source.size, TAIL_BYTES)), TAIL_BYTES)
    with open_source(source, 4096) as file:
        entries = entries_of(file, item.path)
    total = sum(entry.size_bytes for entry in entries)
    return {"warnings": [warning("bundle", f"{len(entries)} files, {total:,} bytes unpacked")]}


def _checked(path: str, references: list[str], listed: tuple[str, ...]) -> Word:
    names = Listed(listed)
    problems, notes = [], []
    for reference in references:
        try:
            found = names.find(path, reference)
        except KnownError as error:
            problems.append(error.as_json())
            continue
        if found.differs_in_case:
            notes.append(warning("case-differs", f"{path} writes {reference!r}, the file is {found.path!r}"))
    return {"problems": problems, "warnings": notes}


def _vertices(document: dict[str, Any]) -> int | None:
    accessors = document.get("accessors")
    if not isinstance(accessors, list):
        return None
    counts = [
        accessors[at].get("count")
        for at in {p.get("POSITION") for p in _primitives(document)}
        if isinstance(at, int) and 0 <= at < len(accessors) and isinstance(accessors[at], dict)
    ]
    return sum(count for count in counts if isinstance(count, int))


def _attributes(document: dict[str, Any]) -> list[str]:
    return sorted({name for p in _primitives(document) for name in p if re.fullmatch(r"\w{1,40}", str(name))})


def _primitives(document: dict[str, Any]) -> list[dict[str, Any]]:
    meshes = document.get("meshes")
    found = [
        primitive.get("attributes")
        for mesh in (meshes if isinstance(meshes, list) else [])
        if isinstance(mesh, dict) and isinstance(mesh.get("primitives"), list)
        for primitive in mesh["primitives"]
        if isinstance(primitive, dict)
    ]
    return [attributes for attributes in found if isinstance(attributes, dict)]
