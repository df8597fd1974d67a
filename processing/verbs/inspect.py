"""Say what a scan is: kind, counts, bounds, CRS, stations, warnings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.formats.detect import detect
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Say what a scan is: kind, counts, bounds, CRS, stations, warnings."""
    detected = detect(inputs)
    if detected.kind == "mesh":
        from processing.meshes.inspection import inspect_mesh

        return inspect_mesh(inputs, detected, arguments, out, progress)
    from processing.points.inspection import inspect_cloud

    return inspect_cloud(inputs, detected, arguments, out, progress)
