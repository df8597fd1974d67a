"""The preview of a cloud: its tiles decoded by meshoptimizer's own decoder, beside the whole file."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from processing.formats.las import LasReader
from processing.points.evenly import SAMPLE_POINTS
from processing.points.preview import PREVIEW_POINTS
from processing.progress import SilentProgress
from processing.room.sources import FileSource
from processing.verbs import verb
from tests.processing.points.decoding import read_tileset
from tests.processing.points.making import inputs, surface, write_las


def cells(xyz: np.ndarray) -> set[tuple[int, int, int]]:
    return set(map(tuple, np.floor(xyz).astype(int).tolist()))


def test_it_shows_every_metre_that_has_points_and_no_other(tmp_path: Path):
    # A wall at a whole metre: a millimetre's rounding puts points of one side on the other.
    xyz = surface(3 * PREVIEW_POINTS)
    write_las(tmp_path / "scan.las", xyz)

    told = verb("preview")(inputs(tmp_path / "scan.las"), {}, tmp_path / "preview", SilentProgress())

    shown = read_tileset(tmp_path / "preview").xyz
    assert told["of_points"] == len(xyz)
    assert len(shown) == told["points"] <= PREVIEW_POINTS
    assert cells(shown) == cells(xyz)
    assert told["max_position_error_m"] <= 0.001


class Counted(FileSource):
    """A file that counts the bytes read from it."""

    read_bytes = 0

    def read_at(self, offset: int, length: int) -> bytes:
        data = super().read_at(offset, length)
        self.read_bytes += len(data)
        return data


def test_it_reads_a_few_per_cent_of_what_is_large(tmp_path: Path):
    # Of 2 GiB all but the header is a hole in the file: points at one place, which cost no disk.
    path = tmp_path / "large.las"
    write_las(path, surface(1000))
    head, size = path.read_bytes()[:2000], 2 << 30
    (first,), (record_bytes,) = struct.unpack_from("<I", head, 96), struct.unpack_from("<H", head, 105)
    count = (size - first) // record_bytes
    with path.open("r+b") as file:
        file.truncate(first)
        file.truncate(first + count * record_bytes)
        file.seek(247)
        file.write(struct.pack("<6Q", count, count, 0, 0, 0, 0))

    source = Counted(path)
    points = sum(len(chunk.xyz) for chunk in LasReader(source).sample(SAMPLE_POINTS))

    assert points == SAMPLE_POINTS
    assert source.read_bytes < 0.05 * path.stat().st_size
