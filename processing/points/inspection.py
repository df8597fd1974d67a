"""What a cloud is: counts, bounds in its own frame, CRS, stations, attributes, warnings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.formats.cloud import warning
from processing.formats.detect import Detected
from processing.geometry.arrays import bounds_of
from processing.points.reading import Cloud, open_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs


def inspect_cloud(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Read every point once: counts and bounds are measured, never copied from a header."""
    del inputs
    low, high, points = np.full(3, np.inf), np.full(3, -np.inf), 0
    try:
        cloud = open_cloud(Inputs(detected.mains), out / ".work", crs=arguments.get("crs"))
        progress.stage("reading", cloud.declared, "points")
        for chunk in cloud.chunks(everything=True):
            bounds_of(chunk.xyz, low, high)
            points += len(chunk.xyz)
            progress.advance(len(chunk.xyz))
    finally:
        shutil.rmtree(out / ".work", ignore_errors=True)
    if points == 0:
        raise KnownError("empty-result", f"{detected.mains[0].path} holds no usable point", "export it again")
    found = described(cloud, detected) | {"points": points, "bounds": [low.tolist(), high.tolist()]}
    unused = [name for name in ("up_axis", "unit_m") if arguments.get(name) is not None]
    if unused:
        text = f"{' and '.join(unused)} hold for meshes; these points are as the file and its CRS say"
        found["warnings"].append(warning("stated-unused", text))
    return found


def described(cloud: Cloud, detected: Detected) -> dict[str, Any]:
    """Say what the headers and the reading told, without counts and bounds."""
    headers = [reader.header for reader in cloud.readers]
    attributes = sorted({name for header in headers for name in header.attributes})
    notes = [note for header in headers for note in header.warnings] + cloud.frame.warnings + cloud.findings
    if cloud.dropped:
        notes.append(
            warning("non-finite-points", f"{cloud.dropped:,} points had no finite position; dropped")
        )
    if cloud.invalid:
        notes.append(
            warning("invalid-points", f"{cloud.invalid:,} returns are marked invalid by the file; left out")
        )
    tangent = cloud.frame.as_json()["kind"] == "tangent"
    return {
        "kind": detected.kind,
        "format": headers[0].format,
        "crs": cloud.frame.crs,
        "frame": cloud.frame.as_json(),
        "units": "metre" if tangent else headers[0].units,
        "attributes": attributes,
        "stations": cloud.stations(),
        "warnings": notes,
        "dropped": cloud.dropped,
        "invalid": cloud.invalid,
        "textures": [],
        "files": [],
        "details": {item.path: header.details for item, header in zip(detected.mains, headers, strict=False)},
    }
