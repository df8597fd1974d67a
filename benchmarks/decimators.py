"""One decimation in a process of its own: ``decimators.py NAME IN.npz OUT.npz TRIANGLES``.

Run by its path, by our interpreter for ``ours`` and by the peers' for the others; prints one JSON line:
seconds, CPU seconds and the growth of memory of the call alone, reading and writing left out.
"""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

WARM_TRIANGLES = 2000


def main() -> int:
    """Decimate once on a small mesh, to load and compile, and then the one asked for."""
    name, source, target, triangles = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
    with np.load(source) as held:
        mesh = {key: held[key] for key in held.files}
    prepare, decimate, arrays = CONTESTANTS[name]
    decimate(prepare(_small()), WARM_TRIANGLES // 4)
    ready = prepare(mesh)
    del mesh
    _forget_peak()
    before_kib = _status_kib("VmRSS")
    wall, cpu = time.perf_counter(), _cpu_s()
    made = decimate(ready, triangles)
    wall, cpu = time.perf_counter() - wall, _cpu_s() - cpu
    grown_mib = (_status_kib("VmHWM") - before_kib) / 1024
    positions, faces, colours = arrays(made)
    held = {"positions": positions, "triangles": faces}
    np.savez(target, **(held if colours is None else held | {"colours": colours}))
    line = {"wall_s": round(wall, 4), "cpu_s": round(cpu, 4), "grown_mib": round(grown_mib, 1)}
    print(json.dumps(line | {"triangles": len(faces)}))
    return 0


def _small() -> Any:
    """Make a bumpy sheet of ``WARM_TRIANGLES``."""
    side = int((WARM_TRIANGLES / 2) ** 0.5) + 1
    x, y = np.meshgrid(np.linspace(0, 1, side), np.linspace(0, 1, side), indexing="ij")
    positions = np.stack([x, y, 0.05 * np.sin(9 * x) * np.cos(7 * y)], axis=-1).reshape(-1, 3)
    corner = np.arange(side * side).reshape(side, side)
    a, b, c, d = (k.reshape(-1) for k in (corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]))
    triangles = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.uint32)
    return {
        "positions": positions,
        "triangles": triangles,
        "colours": np.full((side * side, 3), 99, np.uint8),
    }


def _prepare_ours(mesh: Any) -> Any:
    from processing.meshes.mesh import Mesh

    low, high = mesh["positions"].min(axis=0), mesh["positions"].max(axis=0)
    origin = np.round((low + high) / 2)
    opaque = np.full((len(mesh["colours"]), 1), 255, np.uint8)
    return Mesh(
        origin=origin,
        positions=(mesh["positions"] - origin).astype(np.float32),
        triangles=mesh["triangles"],
        colours=np.hstack([mesh["colours"], opaque]),
        uvs=mesh.get("uvs"),
    )


def _ours(mesh: Any, triangles: int) -> Any:
    from processing.meshes.simplification import simplified

    return simplified(mesh, target_triangles=triangles)


def _ours_arrays(mesh: Any) -> Any:
    return mesh.positions.astype(np.float64) + mesh.origin, mesh.triangles, mesh.colours[:, :3]


def _prepare_open3d(mesh: Any) -> Any:
    import open3d

    made = open3d.geometry.TriangleMesh(
        open3d.utility.Vector3dVector(mesh["positions"]),
        open3d.utility.Vector3iVector(mesh["triangles"].astype(np.int32)),
    )
    made.vertex_colors = open3d.utility.Vector3dVector(mesh["colours"] / 255)
    return made


def _open3d(mesh: Any, triangles: int) -> Any:
    return mesh.simplify_quadric_decimation(triangles)


def _open3d_arrays(mesh: Any) -> Any:
    colours = np.round(np.asarray(mesh.vertex_colors) * 255).astype(np.uint8)
    return np.asarray(mesh.vertices), np.asarray(mesh.triangles).astype(np.uint32), colours


def _prepare_fast(mesh: Any) -> Any:
    # Single precision, as its documentation shows; the origin is taken off for it.
    origin = np.round(mesh["positions"].mean(axis=0))
    return origin, (mesh["positions"] - origin).astype(np.float32), mesh["triangles"].astype(np.int32)


def _fast(mesh: Any, triangles: int) -> Any:
    import fast_simplification

    origin, positions, faces = mesh
    points, left = fast_simplification.simplify(positions, faces, target_count=triangles, agg=AGGRESSION)
    return points + origin, left


def _fast_arrays(made: Any) -> Any:
    return made[0].astype(np.float64), made[1].astype(np.uint32), None


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _status_kib(key: str) -> int:
    text = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(key + ":"))


def _forget_peak() -> None:
    """Set VmHWM to what is held now (Linux, proc(5): clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


AGGRESSION = 7  # the documented default
CONTESTANTS = {
    "ours": (_prepare_ours, _ours, _ours_arrays),
    "open3d": (_prepare_open3d, _open3d, _open3d_arrays),
    "fast-simplification": (_prepare_fast, _fast, _fast_arrays),
}

if __name__ == "__main__":
    sys.exit(main())
