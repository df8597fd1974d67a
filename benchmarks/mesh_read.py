"""Reading meshes beside Open3D and trimesh, in CPU seconds: ``python -m benchmarks.mesh_read --record``."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import REPOSITORY, measured, record, surroundings
from benchmarks.mesh_globe import write_globe
from benchmarks.mesh_inputs import saved, write_ply

NAME = "bust-2m"
PACKAGES = ("numpy", "numba", "open3d-cpu", "trimesh")
SMALL_TRIANGLES = 2_000
# Open3D does not end on an OBJ of this size within minutes (facts), so trimesh alone stands beside it.
CONTESTANTS = {"ply": ("ours", "open3d", "trimesh"), "obj": ("ours", "trimesh")}
TARGETS = (
    ("ply_cpu_ratio_vs_open3d", "≥ 8", "binary PLY: CPU of Open3D over ours"),
    ("ply_cpu_ratio_vs_trimesh", "≥ 30", "binary PLY: CPU of trimesh over ours"),
    ("obj_cpu_ratio_vs_trimesh", "≥ 5", "OBJ: CPU of trimesh over ours"),
)


def main(argv: list[str] | None = None) -> int:
    """Measure in turn, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(PACKAGES)
    files = _files(asked)
    samples: dict[str, list[dict[str, Any]]] = {}
    script = str(REPOSITORY / "benchmarks" / "mesh_readers.py")
    for _ in range(asked.repeats):
        for form, contestants in CONTESTANTS.items():
            for name in contestants:
                run = measured(
                    [sys.executable, script, name, str(files[form])],
                    cwd=asked.folder,
                    env={"PYTHONPATH": str(REPOSITORY)},
                )
                line = json.loads(run.last_line) | {"load": run.load_before}
                samples.setdefault(f"{form} {name}", []).append(line)
                print(f"{form} {name}: {line}", file=sys.stderr)
    cpu_s = {key: statistics.median(line["cpu_s"] for line in held) for key, held in samples.items()}
    result: dict[str, Any] = {"benchmark": "mesh_read", "input": NAME, "cpu_s": cpu_s}
    for form, contestants in CONTESTANTS.items():
        for peer in contestants[1:]:
            ratio = cpu_s[f"{form} {peer}"] / cpu_s[f"{form} ours"]
            result[f"{form}_cpu_ratio_vs_{peer}"] = round(ratio, 2)
    counts = {line["triangles"] for held in samples.values() for line in held}
    result |= {"triangles": max(counts), "triangles_agree": len(counts) == 1}
    if asked.record:
        record("mesh_read", result | around | {"samples": samples})
    print(json.dumps(result | around))
    return 0


def _files(asked: argparse.Namespace) -> dict[str, Path]:
    """Answer the files, and make them, small ones beside them, where they are not there."""
    folder: Path = asked.folder / "read"
    folder.mkdir(parents=True, exist_ok=True)
    kept = saved(NAME, asked.scans, asked.folder)
    files = {"ply": folder / f"{NAME}.ply", "obj": folder / f"{NAME}.obj"}
    if not files["ply"].exists():
        write_ply(kept, files["ply"])
    if not files["obj"].exists():
        with np.load(kept) as held:
            _write_obj(files["obj"], held["positions"], held["triangles"])
    write_globe(folder / "small.ply", SMALL_TRIANGLES)
    with np.load(kept) as held:
        part = held["triangles"][:SMALL_TRIANGLES]
        used, local = np.unique(part, return_inverse=True)
        _write_obj(folder / "small.obj", held["positions"][used], local.reshape(-1, 3))
    return files


def _write_obj(path: Path, positions: Any, triangles: Any) -> None:
    with path.open("w") as file:
        file.writelines(f"v {x:.6f} {y:.6f} {z:.6f}\n" for x, y, z in positions.tolist())
        file.writelines(f"f {a} {b} {c}\n" for a, b, c in (triangles.astype(np.int64) + 1).tolist())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mesh_read", description=__doc__)
    parser.add_argument("--scans", type=Path, default=REPOSITORY.parent / "shared" / "data" / "mesh")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "benchmarks" / "meshes")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
