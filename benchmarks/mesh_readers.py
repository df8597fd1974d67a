"""One mesh read in a process of its own: ``mesh_readers.py NAME FILE``; prints one JSON line.

CPU seconds and the growth of memory of reading alone, after a small file has loaded and compiled everything.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def main() -> int:
    """Read a small file once, then the one asked for."""
    name, source = sys.argv[1], Path(sys.argv[2])
    read = READERS[name]
    read(source.with_name(f"small{source.suffix}"))
    before = resource.getrusage(resource.RUSAGE_SELF)
    wall = time.perf_counter()
    triangles = read(source)
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    grown_mib = (after.ru_maxrss - before.ru_maxrss) / 1024
    line = {"wall_s": round(wall, 4), "cpu_s": round(cpu, 4), "grown_mib": round(grown_mib, 1)}
    print(json.dumps(line | {"triangles": triangles}))
    return 0


def _ours(path: Path) -> int:
    from processing.formats.detect import detect
    from processing.meshes.reading import read_mesh
    from processing.room.inputs import Inputs, from_paths

    inputs = Inputs(tuple(from_paths([path])))
    return len(read_mesh(inputs, detect(inputs), {}).triangles)


def _open3d(path: Path) -> int:
    import open3d

    return len(open3d.io.read_triangle_mesh(path).triangles)


def _trimesh(path: Path) -> int:
    import trimesh

    loaded: Any = trimesh.load(path, process=False, force="mesh")
    return len(loaded.faces)


READERS: dict[str, Callable[[Path], int]] = {"ours": _ours, "open3d": _open3d, "trimesh": _trimesh}

if __name__ == "__main__":
    sys.exit(main())
