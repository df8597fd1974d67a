"""Meshes that can be read in blocks, any number of triangles in little memory: PLY, STL, OBJ, glTF."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import numpy as np
import numpy.typing as npt

from processing.formats.detect import Detected
from processing.meshes.mesh import RawMesh
from processing.room.inputs import Inputs

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Indices = npt.NDArray[np.uint32]
Colour = tuple[float, float, float, float]
WHITE: Colour = (1.0, 1.0, 1.0, 1.0)


class MeshBlocks(Protocol):
    """A mesh in a file: its vertices, and then its triangles over them, block after block.

    ``has_colours`` says whether vertices have some; where they have none, ``base_colour`` is that of all,
    sRGB 0..1 and alpha. ``rows_a_vertex`` says how many rows stand for one vertex.
    """

    @property
    def vertices(self) -> int:
        """Rows of vertices."""

    @property
    def triangles(self) -> int:
        """How many triangles there are."""

    @property
    def has_colours(self) -> bool:
        """Say whether vertices have colours."""

    @property
    def base_colour(self) -> Colour:
        """Answer the colour of all where vertices have none."""

    @property
    def rows_a_vertex(self) -> int:
        """Answer how many rows there are of each vertex, about."""

    def vertex_blocks(self) -> Iterator[tuple[Floats, Bytes | None]]:
        """Read positions (k, 3) as the file has them, and colours (k, 4) sRGB."""

    def triangle_blocks(self) -> Iterator[Indices | None]:
        """Read corners (k, 3); None says that a face is no triangle, and ends."""

    def some_triangles(self) -> Indices | None:
        """Read some triangles from all over the file; None says that a face is no triangle."""

    def said(self) -> RawMesh:
        """Answer what the file says of itself, as a mesh without its vertices and triangles."""


@contextmanager
def mesh_blocks(inputs: Inputs, detected: Detected, *, large_triangles: int) -> Iterator[MeshBlocks | None]:
    """Answer how to read the one mesh of an upload in blocks; None where it has to be read whole.

    An OBJ takes a pass to find out, and disk for as long as the context lasts: where it or a glTF has no more
    than ``large_triangles``, None is answered at once.

    Raises
    ------
    KnownError
        As the reader of the format says.
    """
    if len(detected.mains) != 1:
        yield None
        return
    (item,) = detected.mains
    match detected.format:
        case "ply":
            from processing.formats.ply_blocks import ply_blocks

            yield ply_blocks(item.source)
        case "stl":
            from processing.formats.stl import stl_blocks

            yield stl_blocks(item.source)
        case "obj":
            from processing.formats.obj_blocks import obj_blocks

            with obj_blocks(item, inputs, large_triangles=large_triangles) as blocks:
                yield blocks
        case "glb" | "gltf":
            from processing.formats.gltf_blocks import gltf_blocks

            yield gltf_blocks(item, inputs, large_triangles=large_triangles)
        case _:
            yield None
