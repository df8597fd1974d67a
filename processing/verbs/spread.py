"""Read a large cloud once, and leave it as groups of chunks that workers tile one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.points.shared.spread import spread_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Write ``spread.json`` and a file of chunks for each group of at most ``group_points`` points."""
    detected = detect(inputs)
    if detected.kind != "point_cloud":
        raise KnownError(
            "invalid-arguments", f"{detected.mains[0].path} is a {detected.kind}; only clouds are spread"
        )
    return spread_cloud(inputs, detected, arguments, out, progress)
