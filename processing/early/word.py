"""The early word on one file: its format, and what its header declares. Nothing is verified."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from processing.early import clouds, meshes
from processing.early.sparse import NotThereYetError, SparseSource
from processing.errors import KnownError
from processing.formats.detect import COMPANIONS, format_of, kind_of, unsupported
from processing.room.inputs import Input

Word = dict[str, Any]
Describe = Callable[[Input, SparseSource, Path, tuple[str, ...]], Word]

BY_FORMAT: dict[str, Describe] = {
    "las": clouds.las,
    "laz": clouds.las,
    "copc": clouds.las,
    "e57": clouds.e57,
    "ply-cloud": clouds.ply,
    "ply-splat": clouds.ply,
    "pcd": clouds.pcd,
    "ptx": clouds.ptx,
    "xyz": clouds.text,
    "pts": clouds.text,
    "obj": meshes.obj,
    "mtl": meshes.mtl,
    "glb": meshes.gltf,
    "gltf": meshes.gltf,
    "ply-mesh": meshes.ply,
    "stl": meshes.stl,
    "zip": meshes.bundle,
}


def word_of(path: str, source: SparseSource, folder: Path, listed: tuple[str, ...]) -> Word:
    """Say what the pieces of one file tell; ``listed`` are the paths it may refer to."""
    item = Input(number=0, path=path, source=source)
    word: Word = {
        "seen_bytes": source.seen_bytes,
        "size_bytes": source.size,
        "pieces": [[piece.offset, piece.source.size] for piece in source.pieces],
        "format": None,
        "kind": None,
        "points": None,
        "vertices": None,
        "triangles": None,
        "bounds": None,
        "crs": None,
        "stations": [],
        "attributes": [],
        "warnings": [],
        "problems": [],
        "not_yet": [],
    }
    try:
        form = format_of(item)
        word |= {
            "format": form.removesuffix("-cloud").removesuffix("-mesh").removesuffix("-splat"),
            "kind": _kind(form),
        }
        describe = BY_FORMAT.get(form)
        if describe is not None:
            word |= describe(item, source, folder, listed)
        elif kind_of(form) is None and form not in COMPANIONS:
            word["problems"].append(unsupported(path, form).as_json())
    except KnownError as error:
        word["problems"].append(error.as_json())
    except NotThereYetError as error:
        word["not_yet"].append(f"{path}: {error}")
    return word


def _kind(form: str) -> str | None:
    return "mesh" if form == "zip" else kind_of(form)
