"""Reads a large cloud once and leaves it as files of chunks, one for each group that a worker tiles."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from processing.formats.detect import Detected
from processing.points.inspection import described
from processing.points.reading import open_cloud
from processing.points.shared.groups import TABLE, Spread, chunk_points, grouped
from processing.points.spilling import Spilled, spill_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.sinks import JSON

GROUP_POINTS = 25_000_000
OCTETS = "application/octet-stream"
# What ``tile`` answers of the headers.
ABOUT = ("crs", "frame", "warnings", "dropped", "invalid")


def spread_cloud(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Spread a cloud into ``out``: a function of its points and ``group_points`` alone."""
    del inputs
    group_points = arguments.get("group_points", GROUP_POINTS)
    most = chunk_points(group_points)
    work = out / ".work"
    try:
        cloud = open_cloud(Inputs(detected.mains), work, crs=arguments.get("crs"))
        spilled = spill_cloud(cloud, work, progress)
        told = described(cloud, detected)
        spread = Spread(
            plan=spilled.plan,
            groups=grouped(spilled.chunks(most), group_points),
            about={key: told[key] for key in ABOUT},
        )
        _write(spilled, spread, out, progress)
        spilled.close()
    finally:
        shutil.rmtree(work, ignore_errors=True)
    (out / TABLE).write_bytes(spread.written())
    files = [{"path": group.file, "role": "chunks", "media_type": OCTETS} for group in spread.groups]
    return {
        "points": spread.plan.points,
        "chunks": sum(len(group.chunks) for group in spread.groups),
        "chunk_points": most,
        "group_points": group_points,
        "groups": [group.row() for group in spread.groups],
        "files": [{"path": TABLE, "role": "table", "media_type": JSON}, *files],
    }


def _write(spilled: Spilled, spread: Spread, out: Path, progress: Progress) -> None:
    progress.stage("spreading", spread.plan.points, "points")
    for group in spread.groups:
        with (out / group.file).open("wb") as file:
            for chunk in group.chunks:
                spilled.read(chunk).tofile(file)
                progress.advance(chunk.points)
