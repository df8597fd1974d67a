"""Cut a box or a prism out of a COPC file, reading only what it touches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.geometry.regions import Region, box_of, prism_of
from processing.points.copc_cut import CutAsk, cut_cloud
from processing.progress import Progress
from processing.room.inputs import Inputs

COORDINATES = ("frame", "crs")


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Write the points of one region, named by ``file`` (``cut.copc.laz``); with ``count`` only count them.

    Arguments: either ``box``, six numbers, or ``prism``, a polygon with bottom and top; ``coordinates``, in
    which they are: ``frame`` (metres of the version's own frame, the default) or ``crs`` (the file's own);
    ``spacing_m``, the finest needed; ``crs`` and ``origin`` of the version's frame, where they are known.
    """
    if len(inputs) != 1:
        raise KnownError("invalid-arguments", f"cut reads one COPC file, got {len(inputs)}")
    (item,) = inputs
    name = str(arguments.get("file", "cut.copc.laz"))
    only_count = bool(arguments.get("count", False))
    return cut_cloud(item.source, _ask(arguments), out / name, progress, only_count=only_count)


def _ask(arguments: dict[str, Any]) -> CutAsk:
    coordinates = arguments.get("coordinates") or COORDINATES[0]
    if coordinates not in COORDINATES:
        raise KnownError("invalid-arguments", f"coordinates are {coordinates!r}, not frame or crs")
    spacing_m = arguments.get("spacing_m")
    if spacing_m is not None and (isinstance(spacing_m, bool) or not isinstance(spacing_m, int | float)):
        raise KnownError("invalid-region", f"spacing_m is {spacing_m!r}", "give metres above zero")
    return CutAsk(
        region=_region(arguments),
        in_file=coordinates == "crs",
        spacing_m=spacing_m,
        crs=arguments.get("crs"),
        origin=arguments.get("origin"),
    )


def _region(arguments: dict[str, Any]) -> Region:
    box, prism = arguments.get("box"), arguments.get("prism")
    if (box is None) == (prism is None):
        raise KnownError("invalid-region", "cut takes a box or a prism, one of the two", None)
    return prism_of(prism) if box is None else box_of(box)
