"""Puts the points of a LAS file into an order drawn at random, out of core."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack
from pathlib import Path

import laspy
import numpy as np

# Records read at once, and records of one pile, which is shuffled in memory: some 150 MiB in all.
BLOCK_POINTS = 500_000
PILE_POINTS = 1_500_000


def shuffle_las(source: Path, target: Path, *, seed: int) -> None:
    """Write the records of an uncompressed LAS file in a uniformly drawn order, as LAS or LAZ by the suffix.

    Every record is thrown on a pile drawn at random, then each pile is shuffled: all orders are equally
    likely (Sanders, 1998). Takes as much room again on disk as the file, beside the target.
    """
    with laspy.open(source) as reader:
        header = reader.header
    record = np.dtype((np.void, header.point_format.size))
    random = np.random.default_rng([seed, header.point_count])
    piles = max(1, -(-header.point_count // PILE_POINTS))
    part = target.with_name(f"part-{target.name}")
    folder = Path(tempfile.mkdtemp(prefix="shuffle-", dir=target.parent))
    try:
        _throw(source, header.offset_to_point_data, header.point_count, record, folder, piles, random)
        with laspy.open(
            part,
            mode="w",
            header=header,
            do_compress=target.suffix == ".laz",
            laz_backend=laspy.LazBackend.LazrsParallel,
        ) as writer:
            form = header.point_format.dtype()
            for number in range(piles):
                pile = np.fromfile(folder / str(number), record)
                (folder / str(number)).unlink()
                ordered = pile[random.permutation(len(pile))].view(form)
                writer.write_points(laspy.PackedPointRecord(ordered, header.point_format))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    part.replace(target)


def _throw(
    source: Path,
    offset: int,
    points: int,
    record: np.dtype[np.void],
    folder: Path,
    piles: int,
    random: np.random.Generator,
) -> None:
    with ExitStack() as opened:
        file = opened.enter_context(source.open("rb"))
        file.seek(offset)
        heaps = [opened.enter_context((folder / str(i)).open("wb", buffering=0)) for i in range(piles)]
        for first in range(0, points, BLOCK_POINTS):
            block = np.fromfile(file, record, min(BLOCK_POINTS, points - first))
            pile = random.integers(0, piles, len(block), dtype=np.uint16)
            order = np.argsort(pile, kind="stable")
            ends = np.cumsum(np.bincount(pile, minlength=piles)).tolist()
            ordered = block[order]
            for number, (low, high) in enumerate(zip([0, *ends], ends, strict=False)):
                heaps[number].write(ordered[low:high].tobytes())
