"""A small tileset of a cloud, made from a few per cent of it by ranged reads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.formats.detect import Detected
from processing.points.evenly import SAMPLE_POINTS, evenly
from processing.points.grid import Grid
from processing.points.reading import open_cloud
from processing.points.spilling import spill_chunks
from processing.points.tiling import write_tiles
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.tiles.sinks import open_sink

PREVIEW_POINTS = 100_000
RECIPE = {"name": "cloud-preview", "version": 3, "points": PREVIEW_POINTS}


def preview_cloud(
    inputs: Inputs, detected: Detected, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Sample the cloud and tile the sample; the result says of how many points."""
    del inputs
    work = out / ".work"
    try:
        cloud = open_cloud(Inputs(detected.mains), work, crs=arguments.get("crs"))
        progress.stage("sampling", None, "points")
        chunks = evenly(list(cloud.sample(SAMPLE_POINTS)), PREVIEW_POINTS)
        if not chunks:
            raise KnownError("empty-result", f"{detected.mains[0].path} gave no usable point")
        low = np.min([chunk.xyz.min(axis=0) for chunk in chunks], axis=0)
        high = np.max([chunk.xyz.max(axis=0) for chunk in chunks], axis=0)
        # Which cells of a metre are occupied is what a first look is for: no point may leave its own.
        spilled = spill_chunks(chunks, Grid.for_tiles(low, high).between(), work, progress)
        if spilled is None:
            raise KnownError("corrupt-data", f"points from {low.tolist()} to {high.tolist()} make no grid")
        sink = open_sink(out, packed=bool(arguments.get("packed")))
        result = write_tiles(spilled, sink, progress)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return result | {"recipe": RECIPE, "of_points": cloud.declared}
