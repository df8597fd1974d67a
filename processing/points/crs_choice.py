"""Which CRS holds: the file's own, or what the people of the capture say where the file is silent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.formats.cloud import warning
from processing.geometry.frames import Frame, plan_frame

# Two CRS that put the middle of a file this near to each other say the same.
SAME_M = 0.01


def chosen_frame(declared: str | None, given: str | None, bounds: NDArray[np.float64]) -> Frame:
    """Plan the frame of files that declare a CRS or none, where ``given`` was stated besides; bounds (2, 3).

    A CRS of the file that is understood is never overruled; where both are and differ, that is said. Where
    neither is, it stays unknown.

    Raises
    ------
    KnownError
        ``unknown-crs`` if it puts the points nowhere on Earth.
    """
    frame = plan_frame(declared, bounds)
    if given is None:
        return frame if declared is None else _said(frame, "file")
    if frame.crs["treated_as"] == "unknown":
        stated = plan_frame(given, bounds)
        if stated.crs["treated_as"] == "unknown":
            text = (
                f"the capture's CRS {given[:80]!r} is not understood: write EPSG:32648, EPSG:3405+5773 or WKT"
            )
            frame.warnings.append(warning("crs-not-understood", text))
            return _said(frame, "file") if declared is not None else frame
        why = (
            "names no CRS" if declared is None else f"names a CRS that is not understood ({declared[:80]!r})"
        )
        text = f"the file {why}; the capture's {stated.crs['name']} was taken"
        stated.warnings.append(warning("crs-from-capture", text))
        return _said(stated, "capture")
    if _differ(str(declared), given, bounds):
        text = f"the file names {frame.crs['name']}, the capture {given[:80]!r}; the file's was taken"
        frame.warnings.append(warning("crs-conflict", text))
    return _said(frame, "file")


def _said(frame: Frame, by: str) -> Frame:
    frame.crs["declared_by"] = by
    return frame


def _differ(one: str, other: str, bounds: NDArray[np.float64]) -> bool:
    """Say whether two CRS put the middle of a file at different places; what PROJ cannot tell differs."""
    import pyproj
    from pyproj.exceptions import CRSError, ProjError

    try:
        crs: list[Any] = [pyproj.CRS.from_user_input(text) for text in (one, other)]
        flat = [c.sub_crs_list[0] if c.is_compound else c for c in crs]
        if flat[0].equals(flat[1], ignore_axis_order=True):
            return False
        to_geocentric = [pyproj.Transformer.from_crs(c, "EPSG:4978", always_xy=True) for c in flat]
        x, y, z = (float(value) for value in bounds.mean(axis=0))
        places = np.array([t.transform(x, y, z) for t in to_geocentric])
    except (CRSError, ProjError):
        return True
    return not float(np.linalg.norm(places[0] - places[1])) < SAME_M
