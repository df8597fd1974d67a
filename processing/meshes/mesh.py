"""What a mesh is here: as read (float64, untouched), and as worked on (float32 around a float64 origin)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.geometry.axes import Up

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
U32 = npt.NDArray[np.uint32]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Image:
    """An encoded picture, as the uploader sent it, whose header was checked."""

    data: bytes
    media_type: str
    width: int
    height: int
    name: str


@dataclass(frozen=True, kw_only=True)
class Material:
    """What a surface looks like: a base colour (sRGB 0..1 and alpha), times an image where there is one."""

    name: str
    image: int | None = None
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something the uploader should know that is no reason to refuse."""

    kind: str
    message: str

    def as_json(self) -> dict[str, str]:
        """Answer the finding as inspect reports it."""
        return {"kind": self.kind, "message": self.message}


@dataclass(frozen=True, kw_only=True)
class RawMesh:
    """A mesh as its file says, Z up, in metres as far as the file tells.

    ``positions`` (n, 3) float64, maybe not finite; ``triangles`` (m, 3) uint32 below n; ``colours`` (n, 4)
    uint8 sRGB; ``uvs`` (n, 2) float32 with v down as in glTF; ``vertex_materials`` (n,) uint16 into
    ``materials``: a vertex belongs to one material, so one on a seam between two stands there twice.
    ``declared_vertices`` counts the file's own vertices, before splitting at seams. ``file_up`` is the axis
    that points up in the file; where it is not Z the reader has turned the mesh.
    """

    format: str
    positions: F64
    triangles: U32
    colours: U8 | None = None
    uvs: F32 | None = None
    vertex_materials: U16 | None = None
    materials: tuple[Material, ...] = ()
    images: tuple[Image, ...] = ()
    declared_vertices: int
    attributes: tuple[str, ...] = ()
    unit: str = "metre"
    unit_m: float = 1.0
    file_up: Up = "z"
    findings: tuple[Finding, ...] = ()
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Mesh:
    """A clean mesh: ``origin`` (3,) float64 plus ``positions`` (n, 3) float32 are metres.

    ``triangles`` (m, 3) uint32; ``colours`` (n, 4) uint8 sRGB; ``uvs`` (n, 2) float32, v down; ``looks``
    (n,) uint16: the number of each vertex's image, or ``len(images)`` for none. ``base_colour`` multiplies
    what has no image. ``normals`` (n, 3) float32 of unit length, or None where flat shading is truer.
    """

    origin: F64
    positions: F32
    triangles: U32
    colours: U8 | None = None
    uvs: F32 | None = None
    normals: F32 | None = None
    looks: U16 | None = None
    images: tuple[Image, ...] = ()
    base_colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)

    def bounds(self) -> tuple[F64, F64]:
        """Lowest and highest corner, metres, in the version's own frame."""
        low = self.positions.min(axis=0).astype(np.float64) + self.origin
        return low, self.positions.max(axis=0).astype(np.float64) + self.origin

    def extent_m(self) -> float:
        """Length of the diagonal of the bounding box, metres."""
        low, high = self.bounds()
        return float(np.linalg.norm(high - low))

    def has_seams(self) -> bool:
        """Say whether vertices may stand several times at one place, for texture coordinates or looks."""
        return self.uvs is not None or self.looks is not None

    def look_of(self, triangles: U32) -> U16:
        """Number of the image of each triangle, (k,) uint16; ``len(images)`` for none."""
        if self.looks is None:
            alone = 0 if self.images and self.uvs is not None else len(self.images)
            return np.full(len(triangles), alone, np.uint16)
        found: U16 = self.looks[triangles[:, 0]]
        return found


def take_vertices(mesh: Mesh, vertices: U32, triangles: U32) -> Mesh:
    """Make a mesh of some vertices of another, and triangles over them, already renumbered."""
    return replace(
        mesh,
        positions=mesh.positions[vertices],
        triangles=triangles,
        colours=None if mesh.colours is None else mesh.colours[vertices],
        uvs=None if mesh.uvs is None else mesh.uvs[vertices],
        normals=None if mesh.normals is None else mesh.normals[vertices],
        looks=None if mesh.looks is None else mesh.looks[vertices],
    )


def used_vertices(triangles: U32, vertices: int) -> tuple[U32, U32]:
    """Answer the vertices that triangles use, in order, and the triangles renumbered over them."""
    used = np.zeros(vertices, np.bool_)
    used[triangles.reshape(-1)] = True
    kept = np.flatnonzero(used).astype(np.uint32)
    numbers = np.zeros(vertices, np.uint32)
    numbers[kept] = np.arange(len(kept), dtype=np.uint32)
    return kept, numbers[triangles]


def compact(mesh: Mesh, triangles: U32) -> Mesh:
    """Keep some triangles of a mesh and only the vertices they use, in order of first number."""
    vertices, renumbered = used_vertices(triangles, len(mesh.positions))
    return take_vertices(mesh, vertices, renumbered)
