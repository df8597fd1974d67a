"""Triangle parts of a simulated building: boxes, turned solids, sheets, each with a name and a colour."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Triangles = npt.NDArray[np.uint32]
Colour = tuple[int, int, int]

# Triangles of a box, by corner number (bit 0: x, bit 1: y, bit 2: z), counter-clockwise from outside.
_BOX_FACES = (
    ((0, 2, 3), (0, 3, 1)),
    ((4, 5, 7), (4, 7, 6)),
    ((0, 1, 5), (0, 5, 4)),
    ((2, 6, 7), (2, 7, 3)),
    ((0, 4, 6), (0, 6, 2)),
    ((1, 3, 7), (1, 7, 5)),
)


@dataclass(frozen=True, kw_only=True)
class Part:
    """One named piece of a model.

    ``vertices`` (n, 3) float64, metres, site frame; ``triangles`` (m, 3) uint32; ``colour`` sRGB;
    ``uv`` (n, 2) float64 or None, origin at the lower left of the picture; ``classification`` as in LAS.
    """

    code: str
    vertices: Points
    triangles: Triangles
    colour: Colour
    uv: Points | None = None
    classification: int = 0


def box(code: str, low: tuple[float, float, float], high: tuple[float, float, float], colour: Colour) -> Part:
    """Make an axis-aligned box between two corners (metres)."""
    ends = np.array([low, high], dtype=np.float64)
    corners = np.array([[ends[i & 1, 0], ends[i >> 1 & 1, 1], ends[i >> 2 & 1, 2]] for i in range(8)])
    return Part(
        code=code, vertices=corners, triangles=np.array(_BOX_FACES, np.uint32).reshape(-1, 3), colour=colour
    )


def sheet_triangles(rows: int, columns: int) -> Triangles:
    """Return the (m, 3) triangles of a grid of ``rows`` × ``columns`` vertices, rows first."""
    index = np.arange(rows * columns, dtype=np.uint32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    return np.stack([a, b, d, a, d, c], axis=-1).reshape(-1, 3)


def sheet(code: str, grid: Points, colour: Colour, *, with_uv: bool = False) -> Part:
    """Make a surface from a (rows, columns, 3) grid of points; normals follow row × column order."""
    rows, columns = grid.shape[:2]
    uv = None
    if with_uv:
        v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        uv = np.stack([u, v], axis=-1).reshape(-1, 2)
    return Part(
        code=code,
        vertices=grid.reshape(-1, 3).copy(),
        triangles=sheet_triangles(rows, columns),
        colour=colour,
        uv=uv,
    )


def turned(
    code: str, centre: tuple[float, float, float], profile: npt.ArrayLike, colour: Colour, *, sides: int = 24
) -> Part:
    """Turn a profile of (radius, height) rows, metres, about the vertical through ``centre``."""
    radius, height = np.asarray(profile, dtype=np.float64).T
    angle = np.linspace(0, 2 * np.pi, sides + 1)
    grid = np.empty((len(radius), sides + 1, 3))
    grid[..., 0] = centre[0] + radius[:, None] * np.cos(angle)
    grid[..., 1] = centre[1] + radius[:, None] * np.sin(angle)
    grid[..., 2] = centre[2] + height[:, None]
    return sheet(code, grid, colour)


def tube(code: str, path: Points, radius: npt.ArrayLike, colour: Colour, *, sides: int = 10) -> Part:
    """Sweep a circle along a (n, 3) path that never runs along y; ``radius`` is one value or n."""
    forward = np.gradient(path, axis=0)
    forward /= np.linalg.norm(forward, axis=1, keepdims=True)
    across = np.broadcast_to(np.array([0.0, 1.0, 0.0]), path.shape)
    up = np.cross(forward, across)
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    side = np.cross(up, forward)
    angle = np.linspace(0, 2 * np.pi, sides + 1)[:, None]
    ring = np.cos(angle) * side[:, None, :] + np.sin(angle) * up[:, None, :]
    size = np.broadcast_to(np.asarray(radius, dtype=np.float64), (len(path),))
    return sheet(code, path[:, None, :] + size[:, None, None] * ring, colour)


def merged(parts: list[Part]) -> tuple[Points, Triangles, npt.NDArray[np.uint8]]:
    """Join parts into one mesh: (n, 3) vertices, (m, 3) triangles, (n, 3) vertex colours."""
    starts = np.cumsum([0] + [len(part.vertices) for part in parts])
    vertices = np.concatenate([part.vertices for part in parts])
    triangles = np.concatenate(
        [part.triangles + np.uint32(start) for part, start in zip(parts, starts[:-1], strict=True)]
    )
    colours = np.concatenate(
        [np.tile(np.array(part.colour, np.uint8), (len(part.vertices), 1)) for part in parts]
    )
    return vertices, triangles, colours
