"""LAS 1.0 to 1.4 and point formats 0 to 10, written by laspy, read point by point."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pytest

from processing.formats.las import LasReader
from processing.room.sources import FileSource
from tests.processing.points.making import surface

POINTS = 2_345
VERSION_OF = {0: "1.2", 1: "1.2", 2: "1.2", 3: "1.2", 4: "1.3", 5: "1.3"}


def write(path: Path, form: int, version: str | None = None) -> laspy.LasData:
    header = laspy.LasHeader(version=version or VERSION_OF.get(form, "1.4"), point_format=form)
    header.scales, header.offsets = np.array([0.001, 0.002, 0.0005]), np.array([500_000.0, -20.0, 0.25])
    header.add_extra_dims(
        [laspy.ExtraBytesParams(name="deviation", type="f4"), laspy.ExtraBytesParams(name="ring", type="3u2")]
    )
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = (surface(POINTS) + [500_000, 0, 0]).T
    random = np.random.default_rng(form)
    cloud.intensity = random.integers(0, 65536, POINTS).astype(np.uint16)
    cloud.classification = random.integers(0, 32, POINTS).astype(np.uint8)
    for name in {"red", "green", "blue"} & set(cloud.point_format.dimension_names):
        cloud[name] = random.integers(0, 65536, POINTS).astype(np.uint16)
    cloud.deviation = random.normal(0, 1, POINTS).astype(np.float32)
    cloud.write(path)
    return laspy.read(path)


def assert_same(path: Path, wanted: laspy.LasData) -> None:
    reader = LasReader(FileSource(path))
    (chunk,) = reader.chunks()
    np.testing.assert_allclose(chunk.xyz, np.stack([wanted.x, wanted.y, wanted.z], axis=1), rtol=0, atol=1e-9)
    np.testing.assert_array_equal(chunk.intensity, wanted.intensity)
    np.testing.assert_array_equal(chunk.classification, np.asarray(wanted.classification))
    coloured = "red" in wanted.point_format.dimension_names
    assert (chunk.rgb is not None) == coloured
    if coloured:
        colours = np.stack([wanted.red, wanted.green, wanted.blue], axis=1)
        np.testing.assert_array_equal(chunk.rgb, colours >> 8)
    (steps,) = reader.step_chunks()
    np.testing.assert_array_equal(steps.steps, np.stack([wanted.X, wanted.Y, wanted.Z], axis=1))
    assert reader.header.attributes == tuple(wanted.point_format.dimension_names)


@pytest.mark.parametrize("suffix", [".las", ".laz"])
@pytest.mark.parametrize("form", range(11))
def test_it_reads_every_point_format(tmp_path: Path, form: int, suffix: str) -> None:
    if suffix == ".laz" and form in {4, 5}:
        # lazrs writes no waveforms of the old kind; real ones are among the shared data.
        suffix = ".las"
    path = tmp_path / f"a{suffix}"
    assert_same(path, write(path, form))


@pytest.mark.parametrize("minor", [0, 1, 2, 3, 4])
def test_it_reads_every_version(tmp_path: Path, minor: int) -> None:
    path = tmp_path / "a.las"
    wanted = write(path, 1, version=f"1.{max(minor, 1)}")
    data = bytearray(path.read_bytes())
    # laspy writes 1.1 at the oldest; the header of 1.0 has the same fields at the same places.
    data[25] = minor
    path.write_bytes(data)
    assert_same(path, wanted)


def test_it_says_that_waves_stay_in_the_original(shared_data: Path) -> None:
    reader = LasReader(FileSource(shared_data / "cloud/fullwave.laz"))
    assert [note["kind"] for note in reader.header.warnings] == ["waveforms-left-out"]
    assert {"wavepacket_offset", "nir"} <= set(reader.header.attributes)


def test_it_gives_records_in_buffers_of_the_caller(tmp_path: Path) -> None:
    for path in (tmp_path / "a.las", tmp_path / "a.laz"):
        wanted = write(path, 7)
        made: list[np.ndarray] = []

        def make(size: int, made: list[np.ndarray] = made) -> np.ndarray:
            made.append(np.zeros(size, np.uint8))
            return made[-1]

        reader = LasReader(FileSource(path))
        blocks = list(reader.raw_blocks(1_000, make))
        assert [len(block) for block in blocks] == [1_000, 1_000, 345]
        assert all(np.shares_memory(block, held) for block, held in zip(blocks, made, strict=True))
        rows, at = np.concatenate(blocks), reader.row_layout
        np.testing.assert_array_equal(rows[:, :12].copy().view("<i4")[:, 2], wanted.Z)
        np.testing.assert_array_equal(rows[:, at.classification_at] & at.class_mask, wanted.classification)
        green = rows[:, at.rgb_at + 2 : at.rgb_at + 4].copy().view("<u2")[:, 0]
        np.testing.assert_array_equal(green, wanted.green)


def test_it_looks_beyond_a_first_station_without_colours(tmp_path: Path) -> None:
    path = tmp_path / "a.laz"
    cloud = write(path, 7)
    many = laspy.LasData(cloud.header)
    many.points = laspy.ScaleAwarePointRecord.zeros(120_000, header=cloud.header)
    many.red[110_000:] = 40_000
    many.write(path)
    (chunk,) = LasReader(FileSource(path)).chunks()
    assert chunk.rgb is not None
    assert set(chunk.rgb[:, 0].tolist()) == {0, 40_000 >> 8}
    # Asked before anything was read, it looks for itself.
    assert LasReader(FileSource(path)).row_layout.rgb_shift == 8
