"""Binary PLY of plain triangles in blocks: any number of them in little memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats.mesh_blocks import WHITE, Bytes, Colour, Floats, Indices
from processing.formats.ply_header import Element, Header, channels_of, read_header
from processing.meshes.mesh import Finding, RawMesh
from processing.room.sources import Source, is_local, read_into

# What is asked of a store at once, and of a file on this machine: the processor's cache holds that.
BLOCK_BYTES, CACHED_BYTES = 8 << 20, 512 << 10
# Faces that are looked at for the length of edges, and how many stand together.
SOME, TOGETHER = 65_536, 256
INDICES = ("vertex_indices", "vertex_index")
ASSUMED = (
    Finding(kind="assumed-up-axis", message="PLY does not say which axis is up; Z was assumed"),
    Finding(kind="assumed-units", message="PLY does not say its unit; metres were assumed"),
)


@dataclass(frozen=True, kw_only=True)
class PlyBlocks:
    """A binary PLY whose faces are records of one length; whether all are triangles shows in reading."""

    source: Source
    vertex: Element
    vertex_type: np.dtype[np.void]
    vertex_at: int
    face_type: np.dtype[np.void]
    face_at: int
    triangles: int

    @property
    def vertices(self) -> int:
        """Vertices that the header declares."""
        return self.vertex.count

    @property
    def has_colours(self) -> bool:
        """Say whether vertices have colours."""
        return self.channels is not None

    @property
    def base_colour(self) -> Colour:
        """Answer that there is none."""
        return WHITE

    @property
    def rows_a_vertex(self) -> int:
        """Answer that every vertex is there once."""
        return 1

    def said(self) -> RawMesh:
        """Answer what the file says of itself, as a mesh without its vertices and triangles."""
        return RawMesh(
            format="ply",
            positions=np.empty((0, 3), np.float64),
            triangles=np.empty((0, 3), np.uint32),
            declared_vertices=self.vertices,
            attributes=tuple(p.name for p in self.vertex.properties),
            findings=ASSUMED,
        )

    @property
    def channels(self) -> tuple[str, ...] | None:
        """Names of the colours, None where there are none."""
        return channels_of([p.name for p in self.vertex.properties])

    def vertex_blocks(self) -> Iterator[tuple[Floats, Bytes | None]]:
        """Read positions (k, 3) as the file has them, and colours (k, 4) sRGB."""
        for block in self._blocks(self.vertex_at, self.vertex_type, self.vertices):
            positions = np.empty((len(block), 3), np.float64)
            for axis, name in enumerate("xyz"):
                positions[:, axis] = block[name]
            yield positions, self._colours(block)

    def triangle_blocks(self) -> Iterator[Indices | None]:
        """Read corners (k, 3); None says that a face is no triangle, and ends.

        Raises
        ------
        KnownError
            ``index-out-of-range``.
        """
        for block in self._blocks(self.face_at, self.face_type, self.triangles):
            corners = self._corners(block)
            yield corners
            if corners is None:
                return

    def some_triangles(self) -> Indices | None:
        """Read some triangles from all over the file; None says that a face is no triangle."""
        if self.triangles <= SOME:
            starts, together = [0], self.triangles
        else:
            starts = np.linspace(0, self.triangles - TOGETHER, SOME // TOGETHER).astype(int).tolist()
            together = TOGETHER
        size, found = self.face_type.itemsize, []
        for start in starts:
            data = self.source.read_at(self.face_at + start * size, together * size)
            corners = self._corners(np.frombuffer(data, self.face_type))
            if corners is None:
                return None
            found.append(corners)
        return np.concatenate(found)

    def _blocks(self, at: int, record: np.dtype[np.void], count: int) -> Iterator[npt.NDArray[np.void]]:
        """Read records in blocks; a block is good until the next is asked for."""
        most = max(1, (CACHED_BYTES if is_local(self.source) else BLOCK_BYTES) // record.itemsize)
        # New memory for every block would cost more than what is done with it.
        buffer = memoryview(bytearray(min(most, count) * record.itemsize))
        for start in range(0, count, most):
            size = min(most, count - start) * record.itemsize
            data = read_into(self.source, at + start * record.itemsize, buffer[:size])
            if len(data) < size:
                raise KnownError("truncated", f"{self.source.name} ends too early", "send the file again")
            yield np.frombuffer(data, record)

    def _corners(self, block: npt.NDArray[np.void]) -> Indices | None:
        if not (block["count"] == 3).all():
            return None
        # A negative number becomes one past the last vertex.
        made = block["corners"].astype(np.int32 if block["corners"].dtype.kind == "i" else np.uint32)
        corners: Indices = made.view(np.uint32)
        if len(corners) and int(corners.max()) >= self.vertices:
            low, high = int(made.min()), int(made.max())
            text = f"a face refers to vertex {low if low < 0 else high:,}, and there are {self.vertices:,}"
            raise KnownError("index-out-of-range", text, "check the export")
        return corners

    def _colours(self, block: npt.NDArray[np.void]) -> Bytes | None:
        channels = self.channels
        if channels is None:
            return None
        made = np.full((len(block), 4), 255, np.uint8)
        kinds = {p.name: p.type for p in self.vertex.properties}
        for k, name in enumerate(channels):
            if kinds.get(name) == "u1":
                made[:, k] = block[name]
            elif name in kinds:
                values = np.nan_to_num(block[name].astype(np.float64)) * (255 / full_scale(kinds[name]))
                made[:, k] = np.clip(np.round(values), 0, 255)
        return made


def ply_blocks(source: Source) -> PlyBlocks | None:
    """Answer how to read a PLY in blocks; None where it is text, or not of vertices and faces alone."""
    header = read_header(source)
    if header.encoding not in ("<", ">"):
        return None
    names = [element.name for element in header.elements]
    if names[:2] != ["vertex", "face"]:
        return None
    vertex, face = header.elements[:2]
    if any(p.count_type for p in vertex.properties) or not {"x", "y", "z"} <= {
        p.name for p in vertex.properties
    }:
        return None
    vertex_type = np.dtype([(p.name, header.encoding + p.type) for p in vertex.properties])
    face_type = _face_type(face, header)
    face_at = header.offset + vertex.count * vertex_type.itemsize
    if face_type is None or face_at + face.count * face_type.itemsize > source.size or not face.count:
        return None
    return PlyBlocks(
        source=source,
        vertex=vertex,
        vertex_type=vertex_type,
        vertex_at=header.offset,
        face_type=face_type,
        face_at=face_at,
        triangles=face.count,
    )


def _face_type(face: Element, header: Header) -> np.dtype[np.void] | None:
    """Answer the record of a face with three corners."""
    fields: list[tuple[str, str] | tuple[str, str, int]] = []
    for p in face.properties:
        if p.count_type is None:
            fields.append((f"other {p.name}", header.encoding + p.type))
        elif p.name in INDICES and p.type[0] != "f":
            fields += [("count", header.encoding + p.count_type), ("corners", header.encoding + p.type, 3)]
        else:
            return None
    named = [field[0] for field in fields]
    return np.dtype(fields) if named.count("corners") == 1 and len(set(named)) == len(named) else None


def full_scale(kind: str) -> float:
    """Floats run from 0 to 1, integers to the end of their type."""
    return {"u1": 255.0, "i1": 127.0, "u2": 65535.0, "i2": 32767.0}.get(
        kind, 255.0 if kind[0] != "f" else 1.0
    )
