"""Reading clouds: our readers as whole processes, beside the bare decoder of each format.

``python -m benchmarks.cloud_read --points 20000000 --record``: the last line is one JSON object. LAS and LAZ
are held against laspy with lazrs, E57 against libe57 with buffers of a million points, PLY against Open3D.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import laspy
import numpy as np

from benchmarks.cloud_inputs import clouds
from benchmarks.measure import REPOSITORY, Run, as_json, highest_mib, measured, median, record, surroundings

PACKAGES = ("numpy", "laspy", "lazrs", "pye57", "open3d-cpu")
WRITE_POINTS = 2_000_000
WARM_POINTS = 100_000
FORMS = ("las", "laz", "e57", "ply")
# Figure, target and label, for benchmarks.report.
TARGETS = (
    ("las_cpu_speed_over_bare", "≥ 0.8", "LAS: our speed over laspy's, CPU time"),
    ("las_wall_speed_over_bare", "", "LAS: the same, wall time"),
    ("laz_cpu_speed_over_bare", "≥ 0.8", "LAZ: our speed over laspy's with lazrs, CPU time"),
    ("laz_wall_speed_over_bare", "", "LAZ: the same, wall time"),
    ("e57_cpu_speed_over_bare", "≥ 0.8", "E57: our speed over libe57's, CPU time"),
    ("e57_wall_speed_over_bare", "", "E57: the same, wall time"),
    ("ply_cpu_speed_over_open3d", "≥ 8", "PLY: our speed over Open3D's, CPU time"),
    ("ply_wall_speed_over_open3d", "", "PLY: the same, wall time"),
    ("las_peak_mib", "≤ 200", "LAS: peak memory, MiB"),
    ("laz_peak_mib", "≤ 200", "LAZ: peak memory, MiB"),
    ("e57_peak_mib", "≤ 200", "E57: peak memory, MiB"),
    ("ply_peak_mib", "≤ 200", "PLY: peak memory, MiB"),
)
_PLY = np.dtype([("place", "<f8", 3), ("rgb", "u1", 3), ("intensity", "<u2")])


def main() -> int:
    """Measure, print, and keep the result if asked."""
    asked = _parser().parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    files = inputs(asked.folder, points=asked.points, seed=asked.seed)
    if asked.prepare:
        print(json.dumps({form: file.stat().st_size for form, file in files.items()}))
        return 0
    work = asked.folder / "read"
    work.mkdir(exist_ok=True)
    for file in inputs(asked.folder, points=WARM_POINTS, seed=asked.seed).values():
        for role in ("ours", "bare"):
            _run(role, file, work)
    around = surroundings(PACKAGES)
    runs: dict[str, list[Run]] = {}
    for _ in range(asked.repeats):
        for form in asked.only or FORMS:
            for role in ("bare", "ours"):
                run = _run(role, files[form], work)
                runs.setdefault(f"{role}_{form}", []).append(run)
                print(
                    f"{role} {form}: {run.wall_s} s, {run.cpu_s} CPU s, {run.peak_mib} MiB", file=sys.stderr
                )
    head = {"benchmark": "cloud_read", "points": int(runs[next(iter(runs))][0].last_line), "seed": asked.seed}
    repeats = {name: len(held) for name, held in runs.items()}
    result = head | {"repeats": repeats} | _figures(runs) | {"real": _real(asked.data, work)} | around
    if asked.record:
        record(f"cloud_read-{asked.points}", result | {"runs": as_json(runs)})
    shutil.rmtree(work, ignore_errors=True)
    print(json.dumps(result))
    return 0


def inputs(folder: Path, *, points: int, seed: int) -> dict[str, Path]:
    """Make one cloud in every format, or find it made."""
    las, laz = clouds(folder, points=points, seed=seed)
    e57, ply = las.with_suffix(".e57"), las.with_suffix(".ply")
    if not e57.exists():
        _write_e57(las, e57)
    if not ply.exists():
        _write_ply(las, ply)
    return {"las": las, "laz": laz, "e57": e57, "ply": ply}


def _write_e57(las: Path, e57: Path) -> None:
    """Write stations of two million points, float64 places as pye57 writes them."""
    import pye57

    part = e57.with_suffix(".part.e57")
    file = pye57.E57(str(part), mode="w")
    with laspy.open(las) as reader:
        for chunk in reader.chunk_iterator(WRITE_POINTS):
            fields = {f"cartesian{axis.upper()}": np.array(chunk[axis]) for axis in "xyz"}
            fields["intensity"] = np.array(chunk.intensity, np.float32) / np.float32(65535)
            for name in ("Red", "Green", "Blue"):
                fields[f"color{name}"] = np.array(chunk[name.lower()] >> 8, np.uint8)
            half = np.sqrt(0.5)
            file.write_scan_raw(
                fields, rotation=np.array([half, 0, 0, half]), translation=np.array([1.0, 2.0, 3.0])
            )
    file.close()
    part.replace(e57)


def _write_ply(las: Path, ply: Path) -> None:
    part = ply.with_suffix(".part.ply")
    with laspy.open(las) as reader, part.open("wb") as file:
        names = [("double", n) for n in "xyz"] + [("uchar", n) for n in ("red", "green", "blue")]
        lines = [f"property {form} {name}" for form, name in [*names, ("ushort", "intensity")]]
        count = f"element vertex {reader.header.point_count}"
        head = ["ply", "format binary_little_endian 1.0", count, *lines, "end_header", ""]
        file.write("\n".join(head).encode())
        for chunk in reader.chunk_iterator(WRITE_POINTS):
            rows = np.zeros(len(chunk), _PLY)
            rows["place"] = np.stack([chunk.x, chunk.y, chunk.z], axis=1)
            rows["rgb"] = np.stack([chunk.red, chunk.green, chunk.blue], axis=1) >> 8
            rows["intensity"] = chunk.intensity
            rows.tofile(file)
    part.replace(ply)


def _run(role: str, file: Path, work: Path) -> Run:
    command = [sys.executable, "-m", "benchmarks.read_once", role, str(file)]
    return measured(command, cwd=work, env={"PYTHONPATH": str(REPOSITORY)})


def _figures(runs: dict[str, list[Run]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for form in (form for form in FORMS if f"ours_{form}" in runs):
        bare, ours = runs[f"bare_{form}"], runs[f"ours_{form}"]
        for measure in ("cpu", "wall"):
            name = f"{form}_{measure}_speed_over_{'open3d' if form == 'ply' else 'bare'}"
            found[name] = round(median(bare, f"{measure}_s") / median(ours, f"{measure}_s"), 2)
        found[f"{form}_peak_mib"] = highest_mib(ours)
        found[f"{form}_points_missing"] = abs(int(bare[-1].last_line) - int(ours[-1].last_line))
    found["median_cpu_s"] = {name: median(held, "cpu_s") for name, held in runs.items()}
    found["median_wall_s"] = {name: median(held, "wall_s") for name, held in runs.items()}
    return found


def _real(data: Path, work: Path) -> list[dict[str, Any]]:
    """Read each real cloud once by both: small files, so that starting a process weighs most."""
    found = []
    for file in sorted(data.glob("cloud/*")):
        if file.suffix in {".las", ".laz", ".e57"}:
            bare, ours = _run("bare", file, work), _run("ours", file, work)
            found.append(
                {
                    "file": file.name,
                    "points": int(ours.last_line),
                    "points_missing": abs(int(bare.last_line) - int(ours.last_line)),
                    "cpu_speed_over_bare": round(bare.cpu_s / ours.cpu_s, 2),
                    "peak_mib": ours.peak_mib,
                }
            )
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud_read", description=__doc__)
    parser.add_argument("--points", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--prepare", action="store_true", help="only write the clouds to be read")
    parser.add_argument("--only", nargs="+", choices=FORMS, help="only these formats")
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "benchmarks")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
