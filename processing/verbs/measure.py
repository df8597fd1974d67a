"""Measure a cloud: density, spacing, normals and roughness of its COPC file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.points.measuring import MeasureAsk, measured
from processing.points.neighbours import FramedCloud
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Answer the measures, and write them to ``file`` where one is named.

    Arguments: ``neighbours`` (16) a plane is laid through, ``cell_m`` (1) of the density, ``sample`` (a
    million) points of spacing and normals; ``crs`` and ``origin`` of the version's frame, where known.
    """
    if len(inputs) != 1:
        raise KnownError("invalid-arguments", f"measure reads one COPC file, got {len(inputs)}")
    (item,) = inputs
    given = {name: arguments[name] for name in ("neighbours", "cell_m", "sample") if name in arguments}
    sample = given.get("sample", 1)
    if isinstance(sample, bool) or not isinstance(sample, int) or sample < 1:
        raise KnownError("invalid-arguments", f"a sample of {sample!r} points", "give one at least")
    cloud = FramedCloud(item.source, arguments.get("crs"), arguments.get("origin"))
    result = measured(cloud, MeasureAsk(**given), progress)
    name = arguments.get("file")
    if name is None:
        return result
    out.mkdir(parents=True, exist_ok=True)
    (out / str(name)).write_text(json.dumps(result, allow_nan=False), "utf-8")
    return result | {"files": [{"path": str(name), "role": "report", "media_type": "application/json"}]}
