"""Keys, colours, steps and GLB files: what clouds and meshes share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from processing.geometry.colour import (
    LINEAR16_FROM_SRGB8,
    linear_from_srgb,
    srgb8_from_linear16,
    srgb_from_linear,
)
from processing.geometry.glb import POINTS, GlbBuilder
from processing.geometry.morton import morton_cells, morton_keys
from processing.geometry.rotations import rotation_of_quaternion
from tests.processing.points.decoding import glb_points

CELLS = st.lists(st.tuples(*[st.integers(0, 2**21 - 1)] * 3), min_size=1, max_size=20)


@given(CELLS)
def test_it_takes_morton_keys_apart_again(cells: list[tuple[int, int, int]]) -> None:
    table = np.array(cells, np.uint32)
    np.testing.assert_array_equal(morton_cells(morton_keys(table)), table)


def test_it_puts_x_in_the_lowest_bit() -> None:
    keys = morton_keys(np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [2, 0, 0]], np.uint32))
    assert keys.tolist() == [1, 2, 4, 8]


def test_it_brings_every_srgb_level_back() -> None:
    levels = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(srgb8_from_linear16(LINEAR16_FROM_SRGB8[levels]), levels)


def test_it_knows_the_published_middle_grey() -> None:
    # IEC 61966-2-1: sRGB 0.5 is 0.21404 in linear light.
    assert linear_from_srgb(np.array([0.5]))[0] == pytest.approx(0.214041, abs=1e-6)
    assert srgb_from_linear(np.array([0.214041]))[0] == pytest.approx(0.5, abs=1e-6)


def test_it_turns_by_quaternions() -> None:
    turn = rotation_of_quaternion(np.array([np.sqrt(0.5), 0, 0, np.sqrt(0.5)]))
    np.testing.assert_allclose(turn @ [1, 0, 0], [0, 1, 0], atol=1e-12)


def test_it_writes_points_that_come_back_upright() -> None:
    builder = GlbBuilder(compressed=True)
    builder.quantised()
    values = np.array([[0, 0, 0], [1000, 0, 0], [0, 2000, 0], [0, 0, 3000]], np.uint16)
    attributes = {
        "POSITION": builder.attribute(values, bounds=True),
        "_INTENSITY": builder.attribute(np.array([1, 2, 3, 65535], np.uint16)),
    }
    mesh = builder.mesh([builder.primitive(attributes, mode=POINTS)])
    builder.z_up_scene(mesh, translation=np.array([10.0, 20.0, 30.0]), scale=0.001)
    xyz, found, _ = glb_points(builder.to_bytes())
    expected = values * 0.001 + [10, 20, 30]
    np.testing.assert_allclose(xyz, expected, atol=1e-9)
    assert found["_INTENSITY"][:, 0].tolist() == [1, 2, 3, 65535]


def test_it_compiles_on_a_read_only_tree_without_a_cache(bwrap: Path) -> None:
    # Even root cannot write here: the whole system is bound read-only.
    script = (
        "import numpy as np; from processing.geometry.morton import morton_keys as k;"
        "print(int(k(np.array([[1,1,1]],np.uint32))[0]))"
    )
    tree = str(Path(__file__).parents[3])
    command = [str(bwrap), "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--clearenv"]
    command += [
        "--setenv",
        "PYTHONPATH",
        tree,
        "--setenv",
        "HOME",
        "/nonexistent",
        sys.executable,
        "-c",
        script,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.strip() == "7", done.stderr
