"""The grid of LAS files themselves: then tiles are cut from their integers, and no metre is computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processing.formats.las import LasReader
from processing.points.grid import Cube, Grid, tile_step_m
from processing.points.packing import MAX_BITS
from processing.points.reading import Cloud

# How far, in steps, an offset may be from a whole one: float64 keeps a tenth of a millimetre of 6,000 km.
WHOLE = 1e-3


@dataclass(frozen=True, kw_only=True)
class OwnGrid:
    """Integers of a file become cells of the cube: ``(integer - first[file]) >> shift``."""

    cube: Cube
    shift: int
    readers: Sequence[LasReader]
    firsts: Sequence[NDArray[np.int64]]


def own_grid(cloud: Cloud) -> OwnGrid | None:
    """Lay the cube over the declared bounds, if all files are LAS of one grid that needs no frame."""
    readers = [reader for reader in cloud.readers if isinstance(reader, LasReader)]
    if len(readers) != len(cloud.readers) or not _is_identity(cloud):
        return None
    scale, offset = readers[0].las.scale, readers[0].las.offset
    step_m = float(scale[0])
    if not (scale == step_m).all() or not step_m > 0 or not np.isfinite(cloud.file_bounds).all():
        return None
    apart = []
    for reader in readers:
        away = (offset - reader.las.offset) / step_m
        if not (reader.las.scale == scale).all() or np.abs(away - np.round(away)).max() > WHOLE:
            return None
        apart.append(np.round(away).astype(np.int64))
    low = np.floor((cloud.file_bounds[0] - offset) / step_m) - 1
    high = np.ceil((cloud.file_bounds[1] - offset) / step_m) + 1
    if max(np.abs(low).max(), np.abs(high).max()) > 2**40 or (high < low).any():
        return None
    shift = _coarsening(step_m, float((cloud.file_bounds[1] - cloud.file_bounds[0]).max()))
    span = int((high - low).max()) + 1
    bits = max(1, (span >> shift).bit_length())
    if bits > MAX_BITS:
        return None
    side = 1 << (bits + shift)
    first = low.astype(np.int64) - (side - (high - low + 1).astype(np.int64)) // 2
    middle = 1 << (bits - 1)
    # A cell is drawn in the middle of the file's places in it.
    place = first + (middle << shift) + ((1 << shift) - 1) / 2
    error_m = ((1 << shift) - 1) / 2 * step_m
    grid = Grid(origin=offset + place * step_m, step_m=step_m * 2**shift, error_m=error_m)
    return OwnGrid(
        cube=Cube(grid=grid, corner=np.full(3, -middle, np.int64), bits=bits),
        shift=shift,
        readers=readers,
        firsts=[first + away for away in apart],
    )


def _is_identity(cloud: Cloud) -> bool:
    return cloud.frame.as_json()["kind"] == "free" and bool((cloud.frame.bring(np.eye(3)) == np.eye(3)).all())


def _coarsening(step_m: float, extent_m: float) -> int:
    shift = 0
    # A file of 0.5 mm may be drawn at 1 mm, though its scale is not exactly a power of two of it.
    while step_m * 2 ** (shift + 1) <= tile_step_m(extent_m) * (1 + 1e-9):
        shift += 1
    return shift
