"""Clean a cloud: take outliers away, thin it by voxels, add normals; the answer is COPC again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.points.cleaning import CleanAsk, clean_cloud
from processing.points.neighbours import FramedCloud
from processing.progress import Progress
from processing.room.inputs import Inputs

PARAMETERS = ("neighbours", "ratio", "most_spacing_m", "voxel_m", "normals")


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Write what stays, named by ``file`` (``clean.copc.laz``), and measure what that did.

    Arguments: those of ``CleanAsk``; ``crs`` and ``origin`` of the version's frame, where they are known.
    """
    if len(inputs) != 1:
        raise KnownError("invalid-arguments", f"clean reads one COPC file, got {len(inputs)}")
    (item,) = inputs
    given = {name: arguments[name] for name in PARAMETERS if arguments.get(name) is not None}
    cloud = FramedCloud(item.source, arguments.get("crs"), arguments.get("origin"))
    return clean_cloud(cloud, CleanAsk(**given), out / str(arguments.get("file", "clean.copc.laz")), progress)
