"""Steps of one run share one reading of the mesh: decode once (DESIGN section 4)."""

from __future__ import annotations

import json
import weakref
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from processing.formats.detect import Detected
from processing.formats.mesh_blocks import mesh_blocks
from processing.meshes.cleaning import CleaningReport
from processing.meshes.large.copying import KEPT_TRIANGLES, LARGE_TRIANGLES, Copy, lighter_copy
from processing.meshes.mesh import F64, Finding, Mesh, RawMesh
from processing.meshes.normals import is_smooth, smooth_normals
from processing.meshes.reading import answered, check_answers, read_clean, with_doubts
from processing.progress import Progress
from processing.room.inputs import Inputs


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A mesh ready for work, with shading normals where they are true, and what the file said.

    Where the file is too large for memory, ``mesh`` is a lighter copy that stands within ``copy_error_m`` of
    it. ``triangles`` counts the file's own, ``low`` and ``high`` (3,) bound what is left of them, metres.
    """

    mesh: Mesh
    report: CleaningReport
    raw: RawMesh
    triangles: int
    low: F64
    high: F64
    copy_error_m: float = 0.0

    @property
    def triangles_left(self) -> int:
        """How many triangles of the file are left once bad ones are dropped."""
        dropped = self.report
        return self.triangles - (
            dropped.non_finite_triangles + dropped.degenerate_triangles + dropped.duplicate_triangles
        )

    @property
    def is_copy(self) -> bool:
        """Say whether the mesh only stands for the one of the file."""
        return self.copy_error_m > 0


@dataclass
class _Last:
    inputs: weakref.ref[Inputs] | None = None
    answers: str = ""
    loaded: Loaded | None = None


_last = _Last()
_ANSWERS = ("up_axis", "unit_m")


def load(
    inputs: Inputs,
    detected: Detected,
    arguments: dict[str, Any],
    progress: Progress,
) -> Loaded:
    """Read, clean and dress the mesh of an upload; the last one stays for the next step of the same run.

    Of more than ``large_triangles`` (of the arguments), in a format that can be read in blocks, a copy of
    ``kept_triangles`` is made without ever holding all.
    """
    answers = _answers_of(arguments)
    if _is_last(inputs, arguments) and _last.loaded is not None:
        return _last.loaded
    progress.stage("reading", 1, "mesh")
    loaded = _in_blocks(inputs, detected, arguments, progress)
    if loaded is None:
        raw, mesh, report = read_clean(inputs, detected, arguments)
        low, high = mesh.bounds()
        # What the reader held is not needed again, only what it said.
        loaded = Loaded(
            mesh=mesh, report=report, raw=_said(raw), triangles=len(raw.triangles), low=low, high=high
        )
        progress.advance()
    loaded = replace(loaded, mesh=_dressed(loaded.mesh))
    _last.inputs, _last.answers, _last.loaded = weakref.ref(inputs), answers, loaded
    return loaded


def is_loaded(inputs: Inputs, arguments: dict[str, Any]) -> bool:
    """Say whether a step before has read all of this mesh, with the same answers."""
    return _is_last(inputs, arguments) and _last.loaded is not None and not _last.loaded.is_copy


def _is_last(inputs: Inputs, arguments: dict[str, Any]) -> bool:
    known = _last.inputs() if _last.inputs is not None else None
    return known is inputs and _last.answers == _answers_of(arguments)


def _in_blocks(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], progress: Progress
) -> Loaded | None:
    """Make a lighter copy of a large mesh; None where it is small, or cannot be read in blocks."""
    check_answers(arguments)
    large = int(arguments.get("large_triangles", LARGE_TRIANGLES))
    with mesh_blocks(inputs, detected, large_triangles=large) as blocks:
        if blocks is None or blocks.triangles <= large:
            return None
        kept = int(arguments.get("kept_triangles", KEPT_TRIANGLES))
        copy = lighter_copy(blocks, arguments, progress, kept_triangles=kept)
    if copy is None:
        return None
    said = with_doubts(answered(blocks.said(), arguments), float(np.linalg.norm(copy.high - copy.low)))
    return Loaded(
        mesh=copy.mesh,
        report=copy.report,
        raw=replace(said, findings=(*said.findings, _finding(copy))),
        triangles=blocks.triangles,
        low=copy.low,
        high=copy.high,
        copy_error_m=copy.error_m,
    )


def _finding(copy: Copy) -> Finding:
    text = (
        f"the mesh is larger than memory: its picture, preview and levels are made of a copy of "
        f"{len(copy.mesh.triangles):,} triangles that stands within {copy.error_m * 1000:.2g} mm of it; "
        "its tiles are made of all of it, and all of it was measured"
    )
    return Finding(kind="large-mesh", message=text)


def _dressed(mesh: Mesh) -> Mesh:
    normals = smooth_normals(mesh.positions, mesh.triangles)
    smooth = is_smooth(mesh.positions, mesh.triangles, normals)
    return replace(mesh, normals=normals) if smooth else mesh


def _answers_of(arguments: dict[str, Any]) -> str:
    return json.dumps({name: arguments.get(name) for name in _ANSWERS})


def _said(raw: RawMesh) -> RawMesh:
    return replace(
        raw,
        positions=raw.positions[:0],
        triangles=raw.triangles[:0],
        colours=None,
        uvs=None,
        vertex_materials=None,
    )
