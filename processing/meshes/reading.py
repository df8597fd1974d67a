"""One door for all mesh formats: a file as detected in, a mesh as read out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from processing.errors import KnownError
from processing.formats.detect import Detected
from processing.geometry.axes import as_in_file, z_up
from processing.meshes.cleaning import CleaningReport, clean
from processing.meshes.mesh import F64, Finding, Mesh, RawMesh
from processing.room.inputs import Inputs

# Larger than any monument we know; a statue of 2 km was exported in millimetres.
SUSPICIOUS_EXTENT_M = 1_000.0


def read_mesh(inputs: Inputs, detected: Detected, arguments: dict[str, Any]) -> RawMesh:
    """Read the one mesh of an upload.

    ``up_axis`` and ``unit_m`` in the arguments are the sender's word, taken before the file's own.

    Raises
    ------
    KnownError
        As the reader of the format says.
    """
    (item,) = detected.mains
    match detected.format:
        case "obj":
            from processing.formats.obj import read_obj

            raw = read_obj(item, inputs)
        case "glb" | "gltf":
            from processing.formats.gltf import read_gltf

            raw = read_gltf(item, inputs)
        case "ply":
            from processing.formats.ply_mesh import read_ply_mesh

            raw = read_ply_mesh(item)
        case "stl":
            from processing.formats.stl import read_stl

            raw = read_stl(item)
        case "dae":
            from processing.formats.dae import read_dae

            raw = read_dae(item, inputs)
        case "3mf":
            from processing.formats.small import read_3mf

            raw = read_3mf(item)
        case "off":
            from processing.formats.small import read_off

            raw = read_off(item)
        case other:
            raise KnownError(
                "unsupported-format", f"{other} is not a mesh format we read", "export as GLB or OBJ"
            )
    return answered(raw, arguments)


def read_clean(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any]
) -> tuple[RawMesh, Mesh, CleaningReport]:
    """Read and clean; answers the mesh as read, as worked on, and what was dropped."""
    raw = read_mesh(inputs, detected, arguments)
    mesh, report = clean(raw)
    return with_doubts(raw, mesh.extent_m()), mesh, report


def with_doubts(raw: RawMesh, extent_m: float) -> RawMesh:
    """Add a finding where a model is so large that its unit may be another."""
    if extent_m <= SUSPICIOUS_EXTENT_M:
        return raw
    text = f"the model is {extent_m:,.0f} m large; was it exported in millimetres?"
    return replace(raw, findings=(*raw.findings, Finding(kind="suspicious-scale", message=text)))


def check_answers(arguments: dict[str, Any]) -> None:
    """Refuse an axis or a unit that is none."""
    up, unit_m = arguments.get("up_axis"), arguments.get("unit_m")
    if up not in (None, "y", "z") or not (
        unit_m is None or (isinstance(unit_m, int | float) and 0 < unit_m < 1e6)
    ):
        raise KnownError("invalid-arguments", f"up_axis is {up!r} and unit_m {unit_m!r}", "up_axis is y or z")


def answered(raw: RawMesh, arguments: dict[str, Any]) -> RawMesh:
    """Apply what the sender says of axis and unit to a mesh as its file says."""
    check_answers(arguments)
    up, unit_m = arguments.get("up_axis"), arguments.get("unit_m")
    if up is None and unit_m is None:
        return raw
    settled = {"assumed-up-axis"} if up is not None else set()
    unit = raw.unit
    if unit_m is not None:
        settled.add("assumed-units")
        unit = f"{float(unit_m):g} m, as stated"
    findings = tuple(finding for finding in raw.findings if finding.kind not in settled)
    return replace(raw, positions=as_stated(raw.positions, raw, arguments), findings=findings, unit=unit)


def as_stated(positions: F64, said: RawMesh, arguments: dict[str, Any]) -> F64:
    """Turn and scale positions (n, 3) of a reader by the sender's word; ``said`` is the file's own."""
    up, unit_m = arguments.get("up_axis"), arguments.get("unit_m")
    if up is not None:
        # As the file has them: the reader may have turned them, and need not have.
        positions = z_up(as_in_file(positions, said.file_up), up)
    if unit_m is not None:
        # A unit of the file's own has been applied; the sender's takes its place.
        positions = positions * (float(unit_m) / said.unit_m)
    return positions
