"""OBJ in blocks: read once, its numbers put on disk, where nothing hangs on corners."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from processing.formats import obj_tokens as tokens
from processing.formats.mesh_blocks import WHITE, Bytes, Colour, Floats, Indices
from processing.formats.obj_looks import has_pictures, read_materials, srgb_of
from processing.formats.obj_scanning import (
    Said,
    attributes_of,
    check_surface,
    first_findings,
    is_textured,
    scanned,
)
from processing.meshes.dressing import tinted
from processing.meshes.mesh import F32, RawMesh
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource, FileSource, Source, read_ranges

# Two of a hundred triangles more or less are worth no longer look.
SAMPLES, SAMPLE_BYTES = 64, 32 << 10
BLOCK_VERTICES, BLOCK_TRIANGLES = 65_536, 131_072
# Triangles that are looked at for the length of edges, and how many stand together.
SOME, TOGETHER = 65_536, 256
PLACE, TINT, TRIANGLE = 3 * 8, 3 * 4, 3 * 4  # bytes of a vertex's float64, of its float32, and of 3 numbers


@dataclass(frozen=True, kw_only=True)
class ObjBlocks:
    """An OBJ whose numbers stand in files of ours.

    ``colour`` is that of its material, ``highest`` the largest number of a vertex's colour in the file.
    """

    raw: RawMesh
    triangles: int
    colour: Colour
    places: FileSource
    tints: FileSource | None
    corners: FileSource
    highest: float

    @property
    def vertices(self) -> int:
        """Vertices of the file."""
        return self.raw.declared_vertices

    @property
    def has_colours(self) -> bool:
        """Say whether vertices have colours."""
        return self.tints is not None

    @property
    def base_colour(self) -> Colour:
        """Answer the colour of its material, unless vertices have it in theirs."""
        return self.colour if self.tints is None else WHITE

    @property
    def rows_a_vertex(self) -> int:
        """Answer that every vertex is there once."""
        return 1

    def said(self) -> RawMesh:
        """Answer what the file says of itself, as a mesh without its vertices and triangles."""
        return self.raw

    def vertex_blocks(self) -> Iterator[tuple[Floats, Bytes | None]]:
        """Read positions (k, 3) as the file has them, and colours (k, 4) sRGB."""
        for begin in range(0, self.vertices, BLOCK_VERTICES):
            count = min(BLOCK_VERTICES, self.vertices - begin)
            data = self.places.read_at(begin * PLACE, count * PLACE)
            yield np.frombuffer(data, np.float64).reshape(-1, 3), self._colours(begin, count)

    def triangle_blocks(self) -> Iterator[Indices]:
        """Read corners (k, 3)."""
        for begin in range(0, self.triangles, BLOCK_TRIANGLES):
            yield self._corners(begin, min(BLOCK_TRIANGLES, self.triangles - begin))

    def some_triangles(self) -> Indices:
        """Read some triangles from all over the file."""
        if self.triangles <= SOME:
            return self._corners(0, self.triangles)
        starts = np.linspace(0, self.triangles - TOGETHER, SOME // TOGETHER).astype(int).tolist()
        return np.concatenate([self._corners(start, TOGETHER) for start in starts])

    def _corners(self, begin: int, count: int) -> Indices:
        data = self.corners.read_at(begin * TRIANGLE, count * TRIANGLE)
        return np.frombuffer(data, np.uint32).reshape(-1, 3)

    def _colours(self, begin: int, count: int) -> Bytes | None:
        if self.tints is None:
            return None
        values = np.frombuffer(self.tints.read_at(begin * TINT, count * TINT), np.float32).reshape(-1, 3)
        return tinted(srgb_of(values, self.highest), self.colour)


@contextmanager
def obj_blocks(item: Input, inputs: Inputs, *, large_triangles: int) -> Iterator[ObjBlocks | None]:
    """Read an OBJ that may have more than ``large_triangles`` once, and answer it in blocks for a while.

    None where it is smaller, or has textures or parts in several colours: then it has to be read whole.

    Raises
    ------
    KnownError
        As :func:`processing.formats.obj.read_obj`.
    """
    if not _is_worth_a_pass(item, inputs, large_triangles):
        yield None
        return
    # Files with names, though none would be needed: what stands in a folder of the job counts as its disk.
    with TemporaryDirectory(prefix="heritwin-obj-") as folder:
        yield _spooled(item, inputs, Path(folder))


def _is_worth_a_pass(item: Input, inputs: Inputs, large_triangles: int) -> bool:
    """Say whether a look at some lines promises so many triangles, without textures."""
    # "f 1 2 3\n" is the shortest triangle; of polygons with many corners no survey consists.
    if item.source.size <= 8 * large_triangles:
        return False
    pieces = _some_lines(item.source)
    counts = [tokens.count_faces(np.frombuffer(piece, np.uint8)) for piece in pieces]
    triangles = sum(found for found, _ in counts)
    if triangles * item.source.size <= large_triangles * sum(len(piece) for piece in pieces):
        return False
    if not any(textured for _, textured in counts):
        return True
    # Material files are named at the head; what is named elsewhere shows at the end of the pass.
    said = Said()
    for _ in scanned(BytesSource(item.source.name, pieces[0]), said):
        pass
    return not has_pictures(item, inputs, said.libraries)


def _some_lines(source: Source) -> list[bytes]:
    """Read whole lines from all over a file, those of its head first; all of a small one."""
    if source.size <= SAMPLES * SAMPLE_BYTES:
        return [source.read_at(0, source.size)]
    starts = np.linspace(0, source.size - SAMPLE_BYTES, SAMPLES).astype(int).tolist()
    pieces = list(read_ranges(source, [(start, SAMPLE_BYTES) for start in starts]))
    found = [pieces[0], *(piece[piece.find(b"\n") + 1 :] for piece in pieces[1:])]
    return [piece[: piece.rfind(b"\n") + 1] for piece in found]


def _spooled(item: Input, inputs: Inputs, folder: Path) -> ObjBlocks | None:
    """Put vertices, colours and corners on disk; None where the file turns out to need its corners."""
    said, highest = Said(), np.float32(-np.inf)
    names = [folder / f"{name}.bin" for name in ("places", "tints", "corners")]
    with names[0].open("wb") as places, names[1].open("wb") as tints, names[2].open("wb") as corners:
        for chunk in scanned(item.source, said):
            places.write(chunk.vertices[:, :3].tobytes())
            colours: F32 = chunk.vertices[:, 3:].astype(np.float32)
            highest = np.maximum(highest, colours.max(initial=-np.inf))
            # Of a file without colours none are written: a stretch that is skipped takes no disk, and reads
            # as zeros.
            if colours.any():
                tints.write(colours.tobytes())
            else:
                tints.seek(colours.nbytes, 1)
            corners.write(chunk.corners[:, 0].astype(np.uint32).tobytes())
        tints.truncate()
    check_surface(item.path, said)
    findings = first_findings(said)
    materials, images = read_materials(item, inputs, said, findings)
    worn = {materials[number].colour for number in said.used}
    if is_textured(said, images) or len(worn) > 1:
        return None
    raw = RawMesh(
        format="obj",
        positions=np.empty((0, 3), np.float64),
        triangles=np.empty((0, 3), np.uint32),
        declared_vertices=int(said.counts[0]),
        attributes=attributes_of(said, images),
        findings=tuple(findings),
    )
    return ObjBlocks(
        raw=raw,
        triangles=said.triangles,
        colour=worn.pop(),
        places=FileSource(names[0]),
        tints=FileSource(names[1]) if said.coloured else None,
        corners=FileSource(names[2]),
        highest=float(highest),
    )
