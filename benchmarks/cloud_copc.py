"""COPC of clouds: cost, size and memory of whole processes, and every record held against the original.

``python -m benchmarks.cloud_copc --points 20000000 --record``: the last line is one JSON object. A box of the
simulated cloud is cut out of it too, and what that reads is said.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.checking import copc as checking
from benchmarks.cloud_inputs import FOLDER, clouds
from benchmarks.measure import REPOSITORY, Run, as_json, highest_mib, measured, median, record, surroundings

PACKAGES = ("numpy", "numba", "laspy", "lazrs")
REAL = (
    "autzen_trim.laz",
    "lion_takanawa.copc.laz",
    "extrabytes.las",
    "fullwave.laz",
    "epsg_4326.las",
    "1_4_w_evlr.laz",
    "wkt_and_geotiff_vlrs.las",
)
WARM_POINTS = 100_000
# Part of each side of the hall that the cut takes: a bay.
BAY = 0.1
# Figure, target and label, for benchmarks.report.
TARGETS = (
    ("copc_points_per_cpu_s", "≥ 1,500,000", "points a CPU second, whole process, from LAS"),
    ("copc_points_per_cpu_s_from_laz", "", "points a CPU second, whole process, from LAZ"),
    ("bytes_over_plain_laz", "≤ 1.05", "size over plain LAZ in the same order"),
    ("bytes_per_point", "", "bytes a point"),
    ("bytes_over_laz_in_scan_order", "", "size over the LAZ it was made of"),
    ("multiset_equal", "yes", "every record of the original, whole, and no other: laspy, node by node"),
    ("npm_copc_equal", "yes", "the same by npm copc"),
    ("peak_mib", "≤ 600", "peak memory of the process tree (PSS), MiB"),
    ("cut_bytes_read_over_file", "", "bytes read for a bay of the hall, over the whole file"),
    ("cut_points", "", "points in that bay"),
    ("cut_wall_s", "", "seconds for that cut, start-up included"),
    ("real_files_equal", "all", "real files of which every attribute was found again"),
)


def main() -> int:
    """Measure, print, and keep the result if asked."""
    asked = _parser().parse_args()
    las, laz = clouds(asked.folder, points=asked.points, seed=asked.seed)
    small, _ = clouds(asked.folder, points=WARM_POINTS, seed=asked.seed)
    work = asked.folder / "copc"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    _made(small, work / "warm.copc.laz")
    around = surroundings(PACKAGES)
    runs: dict[str, list[Run]] = {"copc_las": [], "copc_laz": []}
    for _ in range(asked.repeats):
        runs["copc_las"].append(_made(las, work / "las.copc.laz"))
        if not asked.only_las:
            runs["copc_laz"].append(_made(laz, work / "laz.copc.laz"))
    figures = _figures(runs, las, laz, work, check=not asked.no_check)
    real = _real(asked.data, work) if not asked.no_check else {}
    head = {"benchmark": "cloud_copc", "seed": asked.seed, "repeats": {k: len(v) for k, v in runs.items()}}
    equal = sum(one["equal"] for one in real.values())
    result = head | figures | {"real_files_equal": f"{equal} of {len(real)}", "real": real} | around
    if asked.record:
        record(f"cloud_copc-{asked.points}", result | {"runs": as_json({k: v for k, v in runs.items() if v})})
    shutil.rmtree(work, ignore_errors=True)
    print(json.dumps(result))
    return 0


def _made(source: Path, target: Path) -> Run:
    run = measured(
        [sys.executable, "-m", "processing", "copc", str(source), str(target)],
        cwd=target.parent,
        env={"PYTHONPATH": str(REPOSITORY)},
    )
    said = f"{source.name}: {run.wall_s} s, {run.cpu_s} CPU s, {run.peak_mib} MiB"
    print(said, file=sys.stderr)
    return run


def _figures(runs: dict[str, list[Run]], las: Path, laz: Path, work: Path, *, check: bool) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(runs["copc_las"][-1].last_line)
    from_las, from_laz = runs["copc_las"], runs["copc_laz"]
    of_laz = round(told["points"] / median(from_laz, "cpu_s")) if from_laz else None
    figures: dict[str, Any] = {
        "points": told["points"],
        "nodes": told["nodes"],
        "copc_points_per_cpu_s": round(told["points"] / median(from_las, "cpu_s")),
        "copc_points_per_cpu_s_from_laz": of_laz,
        "bytes_per_point": round(told["bytes"] / told["points"], 2),
        "bytes_over_laz_in_scan_order": round(told["bytes"] / laz.stat().st_size, 3),
        "peak_mib": highest_mib(from_las + from_laz),
        "median_cpu_s": {name: median(held, "cpu_s") for name, held in runs.items() if held},
        "median_wall_s": {name: median(held, "wall_s") for name, held in runs.items() if held},
    }
    return figures | _cut(work) | (_checked(las, told["bytes"], work) if check else {})


def _checked(las: Path, size: int, work: Path) -> dict[str, Any]:
    made = work / "las.copc.laz"
    there, here = checking.raw(las), checking.raw_by_nodes(made)
    (npm,) = checking.by_npm([made])
    plain = checking.plain_laz(made, work / "plain.laz")
    other = work / "laz.copc.laz"
    return {
        "multiset_equal": there == here,
        "npm_copc_equal": [npm["points"], *npm["hash"]] == [there.points, *there.sums],
        "nodes_read_by_npm": npm["nodes"],
        "hash": f"{there.sums[0]:08x}{there.sums[1]:08x}",
        "bytes_over_plain_laz": round(size / plain, 3),
        "same_bytes_from_laz": made.read_bytes() == other.read_bytes() if other.exists() else None,
    }


def _cut(work: Path) -> dict[str, Any]:
    """Cut a bay out of the middle of the cloud."""
    made = work / "las.copc.laz"
    bounds = checking.bounds_of(made)
    middle, half = bounds.mean(axis=0), BAY / 2 * (bounds[1] - bounds[0])
    box = np.stack([middle - half, middle + half])
    box[:, 2] = bounds[:, 2] + [-1, 1]
    words = ",".join(f"{value:.4f}" for value in box.reshape(-1))
    command = [sys.executable, "-m", "processing", "cut", str(made), str(work / "cut.laz")]
    run = measured([*command, f"--box={words}"], cwd=work, env={"PYTHONPATH": str(REPOSITORY)})
    told: dict[str, Any] = json.loads(run.last_line)
    return {
        "cut_points": told["points"],
        "cut_bytes_read": told["bytes_read"],
        "cut_bytes_read_over_file": round(told["bytes_read"] / told["bytes_of_file"], 4),
        "cut_requests": told["requests"],
        "cut_wall_s": run.wall_s,
        "cut_cpu_s": run.cpu_s,
        "cut_peak_mib": run.peak_mib,
    }


def _real(data: Path, work: Path) -> dict[str, Any]:
    """Hold COPC of real files against them, by the attributes that laspy names, and both readers' records."""
    found: dict[str, Any] = {}
    for name in (one for one in REAL if (data / one).exists()):
        _made(data / name, work / "real.copc.laz")
        names = checking.attributes_of(data / name)
        there = checking.attributes(data / name, names, nodes=False)
        here = checking.attributes(work / "real.copc.laz", names, nodes=True)
        (npm,) = checking.by_npm([work / "real.copc.laz"])
        records = checking.raw_by_nodes(work / "real.copc.laz")
        found[name] = {
            "points": there.points,
            "attributes": len(names),
            "equal": there == here and [npm["points"], *npm["hash"]] == [records.points, *records.sums],
            "nodes": npm["nodes"],
        }
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud_copc", description=__doc__)
    parser.add_argument("--points", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--data", type=Path, default=REPOSITORY.parent / "shared" / "data" / "cloud")
    parser.add_argument("--only-las", action="store_true", help="leave out the runs from LAZ")
    parser.add_argument("--no-check", action="store_true", help="cost only: read nothing back")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
