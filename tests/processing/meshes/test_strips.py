"""Strips: the same triangles, turned the same way, and as small once coded as meshoptimizer's own order."""

import meshopt
import numpy as np
import pytest

from processing.meshes.ordering import by_first_use, in_strips
from tests.processing.meshes.making import sphere_mesh, textured_tube


def turned(triangles):
    """Turn each triangle so that its lowest corner is first, and sort them."""
    rows = np.array([np.roll(row, -int(np.argmin(row))) for row in triangles.tolist()])
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("mesh", [sphere_mesh(30), textured_tube(40, 30)], ids=["closed", "open"])
def test_they_are_the_same_triangles(mesh):
    made = in_strips(mesh.triangles, len(mesh.positions))
    assert np.array_equal(turned(made), turned(mesh.triangles))


def test_they_take_what_is_no_surface():
    loose = np.array([[0, 1, 2], [3, 4, 5], [0, 1, 6], [1, 0, 2], [0, 0, 1], [0, 1, 2]], np.uint32)
    made = in_strips(loose, 7)
    assert sorted(map(sorted, made.tolist())) == sorted(map(sorted, loose.tolist()))
    assert in_strips(np.empty((0, 3), np.uint32), 0).shape == (0, 3)


def coded(triangles, vertices, positions):
    """Bytes of indices and of positions in the order of their use, by meshoptimizer's own coders."""
    rows = np.zeros((len(positions), 4), np.uint16)
    rows[:, :3] = np.round((positions + 1.1) * 29_000)
    indices = meshopt.encode_index_buffer(triangles.reshape(-1))
    return len(indices) + len(meshopt.encode_vertex_buffer(rows[:vertices].view(np.uint8).reshape(-1, 8)))


def test_they_are_as_small_as_upstreams():
    mesh = sphere_mesh(60, noise=0.002)
    count = len(mesh.positions)
    order, triangles = by_first_use(in_strips(mesh.triangles, count), count)
    ours = coded(triangles, count, mesh.positions[order])
    theirs, places, used = meshopt.reorder_mesh(mesh.triangles.reshape(-1), True, True)
    source = np.empty(used, np.int64)
    source[np.asarray(places)] = np.arange(count)
    assert ours <= 1.02 * coded(np.asarray(theirs, np.uint32).reshape(-1, 3), used, mesh.positions[source])
