"""What a mesh is: the answer of the verb ``inspect``."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from processing.formats.detect import Detected
from processing.meshes.loading import Loaded, load
from processing.progress import Progress
from processing.room.inputs import Inputs


def inspect_mesh(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], _out: Path, progress: Progress
) -> dict[str, Any]:
    """Read a mesh whole, and say what it is and in what state; lengths in metres."""
    loaded = load(inputs, detected, arguments, progress)
    raw, report = loaded.raw, loaded.report
    return {
        "kind": "mesh",
        "format": raw.format,
        "vertices": raw.declared_vertices,
        "triangles": loaded.triangles,
        "bounds": [[float(value) for value in corner] for corner in (loaded.low, loaded.high)],
        "crs": {"declared": None, "name": None, "horizontal_unit": "metre", "treated_as": "free"},
        "frame": {"kind": "free", "origin_geodetic": None, "max_error_m": 0.0},
        "units": raw.unit,
        "attributes": list(raw.attributes),
        "stations": [],
        "textures": [
            {"name": image.name, "width": image.width, "height": image.height, "media_type": image.media_type}
            for image in loaded.mesh.images
        ],
        "surface": asdict(report.topology),
        "dropped": {
            "non_finite_triangles": report.non_finite_triangles,
            "degenerate_triangles": report.degenerate_triangles,
            "duplicate_triangles": report.duplicate_triangles,
        },
        "warnings": [finding.as_json() for finding in raw.findings] + _warnings(loaded),
    }


def _warnings(loaded: Loaded) -> list[dict[str, str]]:
    report, surface = loaded.report, loaded.report.topology
    said = [
        ("non-finite", report.non_finite_triangles, "triangles had coordinates that are not finite"),
        ("degenerate-faces", report.degenerate_triangles, "triangles had two corners in one place"),
        ("duplicate-faces", report.duplicate_triangles, "triangles were there twice"),
        ("open-edges", surface.open_edges, "edges are open: the surface has holes or ends"),
        ("non-manifold-edges", surface.non_manifold_edges, "edges have more than two triangles"),
        ("turned-faces", surface.turned_edges, "edges part a face turned outward from one turned inward"),
    ]
    return [{"kind": kind, "message": f"{count:,} {text}"} for kind, count, text in said if count]
