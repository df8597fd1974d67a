"""A mesh read in blocks beside the same one read whole."""

from contextlib import AbstractContextManager

import numpy as np

from processing.formats.detect import detect
from processing.formats.mesh_blocks import MeshBlocks, mesh_blocks
from processing.meshes.loading import Loaded, load
from processing.meshes.reading import read_clean
from processing.progress import SilentProgress
from processing.room.inputs import Inputs
from processing.room.sources import BytesSource


def in_blocks(inputs: Inputs) -> AbstractContextManager[MeshBlocks | None]:
    """Read in blocks whatever can be, however small."""
    return mesh_blocks(inputs, detect(inputs), large_triangles=0)


def loaded(inputs: Inputs, large_triangles: int, **stated: object) -> Loaded:
    """Load as a step does, with little memory."""
    sizes = {"large_triangles": large_triangles, "kept_triangles": 4000}
    return load(inputs, detect(inputs), sizes | stated, SilentProgress())


def assert_same_in_blocks(inputs: Inputs) -> None:
    """Compare corner for corner: places, colours, and all that the file says of itself."""
    raw, mesh, _ = read_clean(inputs, detect(inputs), {})
    with in_blocks(inputs) as blocks:
        places, colours = zip(*blocks.vertex_blocks(), strict=True)
        triangles = np.concatenate(list(blocks.triangle_blocks()))
        some = blocks.some_triangles()
    assert sum(map(len, places)) == blocks.vertices
    assert len(triangles) == blocks.triangles == len(raw.triangles)
    corners = (mesh.positions + mesh.origin)[mesh.triangles]
    assert np.allclose(np.concatenate(places)[triangles], corners, atol=1e-6)
    assert blocks.has_colours == (mesh.colours is not None)
    if mesh.colours is not None:
        assert np.array_equal(np.concatenate(colours)[triangles], mesh.colours[mesh.triangles])
    assert blocks.base_colour == mesh.base_colour
    assert set(map(tuple, some.tolist())) <= set(map(tuple, triangles.tolist()))
    said = blocks.said()
    assert (said.format, said.file_up, said.findings) == (raw.format, raw.file_up, raw.findings)
    assert (said.attributes, said.declared_vertices) == (raw.attributes, raw.declared_vertices)


class Counting(BytesSource):
    """Bytes, and how many of them were read."""

    read = 0

    def read_at(self, offset: int, length: int) -> bytes:
        """Read at most length bytes from offset."""
        data = super().read_at(offset, length)
        self.read += len(data)
        return data
