"""Colours and normals of a lighter mesh: the source's where it stands, told without the code at hand."""

from dataclasses import replace

import numpy as np
import pytest

from processing.meshes.mesh import Mesh
from processing.meshes.refitting import refitted


def sheet(cells: int, height: float, colour_of) -> Mesh:
    """A square of one metre at a height, of so many cells a side, coloured by a function of x and y."""
    x, y = np.meshgrid(np.linspace(0, 1, cells + 1), np.linspace(0, 1, cells + 1), indexing="ij")
    positions = np.stack([x, y, np.full_like(x, height)], -1).reshape(-1, 3)
    ids = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = (part.reshape(-1) for part in (ids[:-1, :-1], ids[1:, :-1], ids[1:, 1:], ids[:-1, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.uint32)
    colours = np.full((len(positions), 4), 255, np.uint8)
    colours[:, :3] = np.round(colour_of(positions[:, 0], positions[:, 1]))
    return Mesh(
        origin=np.zeros(3), positions=positions.astype(np.float32), triangles=triangles, colours=colours
    )


def ramp(x, y):
    return np.stack([200 * x, 100 + 100 * y, 255 - 90 * x - 90 * y], 1)


def blank(mesh: Mesh) -> Mesh:
    return replace(mesh, colours=np.full_like(mesh.colours, 7))


def joined(one: Mesh, other: Mesh) -> Mesh:
    return replace(
        one,
        positions=np.concatenate([one.positions, other.positions]),
        triangles=np.concatenate([one.triangles, other.triangles + np.uint32(len(one.positions))]),
        colours=np.concatenate([one.colours, other.colours]),
    )


def test_a_ramp_of_colours_comes_back_as_it_was():
    made = refitted(blank(sheet(4, 0.0, ramp)), sheet(160, 0.0, ramp))
    assert made.colours[:, :3] == pytest.approx(sheet(4, 0.0, ramp).colours[:, :3], abs=1)
    assert (made.colours[:, 3] == 7).all()


def test_noise_is_averaged_not_sampled():
    random = np.random.default_rng(5)
    source = sheet(160, 0.0, lambda x, y: 128 + 60 * random.standard_normal((len(x), 3)).clip(-2, 2))
    made = refitted(blank(sheet(4, 0.0, ramp)), source)
    assert np.abs(made.colours[:, :3] - 128.0).max() < 12


def test_the_other_side_of_a_wall_keeps_its_colour():
    def red(x, y):
        return np.stack([np.full_like(x, 220), 20 + 0 * x, 20 + 0 * y], 1)

    def green(x, y):
        return np.stack([np.full_like(x, 20), 220 + 0 * x, 20 + 0 * y], 1)

    # In the order in which they stand in the file a walk steps from one side to the other and back.
    fine = joined(sheet(100, 0.0, red), sheet(100, 0.02, green))
    order = np.arange(len(fine.positions)).reshape(2, -1).T.reshape(-1)
    place = np.argsort(order).astype(np.uint32)
    fine = replace(
        fine, positions=fine.positions[order], colours=fine.colours[order], triangles=place[fine.triangles]
    )
    coarse = joined(blank(sheet(2, 0.0, red)), blank(sheet(2, 0.02, green)))
    made = refitted(coarse, fine).colours
    assert made[:9, :3] == pytest.approx(np.tile([220, 20, 20], (9, 1)), abs=1)
    assert made[9:, :3] == pytest.approx(np.tile([20, 220, 20], (9, 1)), abs=1)


def waves(mesh: Mesh) -> Mesh:
    """The mesh without colours, with normals of a sea whose waves it is too coarse, or too flat, to have."""
    x, y = 2 * np.pi * mesh.positions[:, 0], 2 * np.pi * mesh.positions[:, 1]
    normals = np.column_stack([0.4 * np.cos(x), 0.4 * np.cos(y), np.ones_like(x)])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return replace(mesh, colours=None, normals=normals.astype(np.float32))


def facing(mesh: Mesh, z: int) -> Mesh:
    return replace(mesh, colours=None, normals=np.tile(np.float32([0, 0, z]), (len(mesh.positions), 1)))


def test_normals_are_the_source_s_where_triangles_are_flat():
    made = refitted(facing(sheet(12, 0.0, ramp), 1), waves(sheet(120, 0.0, ramp)))
    assert np.linalg.norm(made.normals, axis=1) == pytest.approx(np.ones(len(made.normals)), abs=1e-6)
    turned = (made.normals * waves(made).normals).sum(1)
    # The waves are 22 degrees steep; between corners they are drawn straight.
    assert np.degrees(np.arccos(turned.clip(-1, 1))).max() < 2


def test_a_seam_does_not_show_in_the_light():
    coarse = facing(sheet(6, 0.0, ramp), 1)
    # Every corner of a triangle stands for itself, as where charts meet.
    corners = coarse.triangles.reshape(-1)
    split = replace(
        coarse,
        positions=coarse.positions[corners],
        normals=coarse.normals[corners],
        triangles=np.arange(len(corners), dtype=np.uint32).reshape(-1, 3),
    )
    source = waves(sheet(120, 0.0, ramp))
    assert np.array_equal(refitted(split, source).normals, refitted(coarse, source).normals[corners])


def test_a_normal_that_would_turn_away_stays():
    made = refitted(facing(sheet(6, 0.0, ramp), 1), facing(sheet(60, 0.0, ramp), -1))
    assert (made.normals == [0, 0, 1]).all()
