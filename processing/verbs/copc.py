"""Write a cloud as COPC: every attribute, the file's own coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.points.copc import copc_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Write a cloud as one COPC file, named by ``file`` (``cloud.copc.laz``)."""
    detected = detect(inputs)
    if detected.kind != "point_cloud":
        raise KnownError(
            "invalid-arguments", f"{detected.mains[0].path} is a {detected.kind}; COPC holds point clouds"
        )
    return copc_cloud(inputs, detected, arguments, out, progress)
