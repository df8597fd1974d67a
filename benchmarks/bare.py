"""The least that any tiler must do: read every point of a LAS or LAZ, a million at a time, nothing else."""

from __future__ import annotations

import sys

import laspy

CHUNK_POINTS = 1_000_000


def main(path: str) -> int:
    """Read a file by laspy (LAZ by lazrs on all cores); print how many points there were."""
    points = 0
    with laspy.open(path, laz_backend=laspy.LazBackend.LazrsParallel) as reader:
        for chunk in reader.chunk_iterator(CHUNK_POINTS):
            points += len(chunk)
    print(points)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
