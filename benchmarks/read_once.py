"""One cloud read once in this process: by our reader (``ours FILE``) or the bare decoder (``bare FILE``)."""

from __future__ import annotations

import sys
from pathlib import Path

CHUNK_POINTS = 1_000_000


def ours(path: Path) -> int:
    """Read chunks of a million points, coordinates and all that tiles show, as tiling gets them."""
    from processing.formats.clouds import open_reader
    from processing.formats.detect import format_of
    from processing.room.inputs import from_paths

    (item,) = from_paths([path])
    reader = open_reader(item, format_of(item), path.parent / ".work")
    return sum(len(chunk.xyz) + chunk.invalid for chunk in reader.chunks())


def bare(path: Path) -> int:
    """Decode only: laspy and lazrs, libe57 into buffers of a million points, Open3D's tensor reader."""
    if path.suffix == ".e57":
        return _bare_e57(path)
    if path.suffix == ".ply":
        import open3d

        return int(open3d.t.io.read_point_cloud(path).point.positions.shape[0])
    import laspy

    with laspy.open(path, laz_backend=laspy.LazBackend.LazrsParallel) as reader:
        return sum(len(chunk) for chunk in reader.chunk_iterator(CHUNK_POINTS))


def _bare_e57(path: Path) -> int:
    import pye57

    file = pye57.E57(str(path))
    points = 0
    for number in range(file.scan_count):
        header = file.get_header(number)
        fields = [name for name in header.point_fields if name in pye57.e57.SUPPORTED_POINT_FIELDS]
        _, buffers = file.make_buffers(fields, CHUNK_POINTS)
        reader = header.points.reader(buffers)
        while got := reader.read():
            points += got
        reader.close()
    return points


if __name__ == "__main__":
    print({"ours": ours, "bare": bare}[sys.argv[1]](Path(sys.argv[2])))
