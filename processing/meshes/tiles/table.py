"""Vertices as rows of 32-bit words: one table for colours, textures and normals, in memory or on disk."""

from __future__ import annotations

import mmap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from processing.meshes.mesh import F32, U32, Image, Mesh

Cells = npt.NDArray[np.int32]
# The cell of a vertex whose coordinates are no numbers.
GONE = np.int32(-(2**31))


@dataclass(frozen=True, kw_only=True)
class Layout:
    """What a row holds after its cell (x, y, z): four bytes of sRGB, two floats of uv, a look, a normal.

    All words but the normal's make a vertex what it is: rows that agree in them are one vertex.
    """

    colours: bool = False
    uvs: bool = False
    looks: bool = False
    normals: bool = False

    @property
    def identity(self) -> int:
        """How many words tell vertices apart."""
        return 3 + self.colours + 2 * self.uvs + self.looks

    @property
    def width(self) -> int:
        """Words of a row."""
        return self.identity + self.normals


@dataclass(frozen=True, kw_only=True)
class Look:
    """What all tiles share: the layout, the grid's step in metres, images, and the base colour."""

    layout: Layout
    step_m: float
    images: tuple[Image, ...] = ()
    base_colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)


class Table:
    """Rows (n, w) of vertices, ``words``; on disk where a path is named."""

    def __init__(self, words: U32) -> None:
        self.words = words
        self._mapped: mmap.mmap | None = None
        self._path: Path | None = None

    @classmethod
    def on_disk(cls, path: Path, rows: int, width: int) -> Table:
        """Make a table of zeros on disk, whose pages the system may take away."""
        with path.open("w+b") as file:
            file.truncate(max(rows * width * 4, 1))
            mapped = mmap.mmap(file.fileno(), 0)
        table = cls(np.frombuffer(mapped, np.uint32, rows * width).reshape(rows, width))
        table._mapped, table._path = mapped, path
        return table

    def forget(self) -> None:
        """Let go of its pages: they would count as this process's memory."""
        if self._mapped is not None:
            self._mapped.madvise(mmap.MADV_DONTNEED)

    def close(self) -> None:
        """Remove the file."""
        self.words = self.words[:0].copy()
        if self._path is not None:
            self._mapped = None
            self._path.unlink()


def layout_of(mesh: Mesh) -> Layout:
    """Answer what the rows of a mesh hold; normals only where neither colour nor image shows its shape."""
    bare = mesh.colours is None and not mesh.images
    return Layout(
        colours=mesh.colours is not None,
        uvs=mesh.uvs is not None,
        looks=mesh.looks is not None,
        normals=bare and mesh.normals is not None,
    )


def words_of(mesh: Mesh, cells: npt.NDArray[np.int64], layout: Layout) -> U32:
    """Write the rows of a mesh whose positions are cells (n, 3) of the grid."""
    words = np.zeros((len(cells), layout.width), np.uint32)
    words[:, :3] = cells.astype(np.int32).view(np.uint32)
    at = 3
    if layout.colours and mesh.colours is not None:
        words[:, at] = np.ascontiguousarray(mesh.colours).view(np.uint32)[:, 0]
        at += 1
    if layout.uvs and mesh.uvs is not None:
        words[:, at : at + 2] = np.ascontiguousarray(mesh.uvs + np.float32(0)).view(np.uint32)
        at += 2
    if layout.looks and mesh.looks is not None:
        words[:, at] = mesh.looks
        at += 1
    if layout.normals and mesh.normals is not None:
        small = np.zeros((len(cells), 4), np.int8)
        small[:, :3] = np.round(mesh.normals * 127)
        words[:, at] = small.view(np.uint32)[:, 0]
    return words


def cells_of(words: U32) -> Cells:
    """Answer the cells (n, 3) of rows."""
    return words[:, :3].view(np.int32)


def positions_of(words: U32, step_m: float) -> F32:
    """Answer positions (n, 3), metres around the local origin; exact, since the step is a power of two."""
    return (cells_of(words) * np.float64(step_m)).astype(np.float32)


def mesh_of(words: U32, triangles: U32, look: Look) -> Mesh:
    """Make a mesh around the local origin of rows and triangles over them."""
    layout, at = look.layout, 3
    colours = uvs = looks = normals = None
    if layout.colours:
        colours = np.ascontiguousarray(words[:, at]).view(np.uint8).reshape(-1, 4)
        at += 1
    if layout.uvs:
        uvs = np.ascontiguousarray(words[:, at : at + 2]).view(np.float32)
        at += 2
    if layout.looks:
        looks = words[:, at].astype(np.uint16)
        at += 1
    if layout.normals:
        small = np.ascontiguousarray(words[:, at]).view(np.int8).reshape(-1, 4)[:, :3]
        normals = small.astype(np.float32) / np.float32(127)
    return Mesh(
        origin=np.zeros(3),
        positions=positions_of(words, look.step_m),
        triangles=triangles,
        colours=colours,
        uvs=uvs,
        normals=normals,
        looks=looks,
        images=look.images,
        base_colour=look.base_colour,
    )
