"""Decimation beside Open3D and fast-simplification: time, memory and truth on one judge.

``python -m benchmarks.decimate --scans ../shared/data/mesh --record``: the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.measure import REPOSITORY, Run, as_json, measured, record, surroundings
from benchmarks.mesh_inputs import NAMES, saved, write_ply
from benchmarks.mesh_judge import open_edges, verdict
from benchmarks.peers import environment

PEERS = ("open3d", "fast-simplification")
RATIOS = (0.1, 0.01)
# On these two the clock is read; on all of them truth is judged.
TIMED = ("bust-500k", "bust-2m")
# Below this part seams of a texture no longer hold, and another tool is asked for (see docs).
SEAMED = "seams-500k"
TOO_MANY = 1.02
PACKAGES = ("numpy", "numba", "wasmtime", "open3d-cpu")
# Figure, target and label, for benchmarks.report.
TARGETS = (
    ("speed_ratio_vs_open3d", "≥ 8 (aim 15)", "wall time of Open3D over ours, the call alone"),
    ("cpu_ratio_vs_open3d", "≥ 6", "CPU of Open3D over ours, the call alone"),
    ("verb_speed_ratio_vs_open3d", "≥ 5", "wall time of Open3D over ours, file to file"),
    ("rms_ratio_vs_open3d", "≤ 1.10", "our RMS distance over Open3D's, worst mesh"),
    ("rms_ratio_median", "≤ 0.95", "the same, median of the meshes"),
    ("hausdorff_ratio_vs_open3d", "", "our Hausdorff distance over Open3D's, worst mesh"),
    ("colour_rms_ratio_vs_open3d", "≤ 1.0", "our RMS error of colours over Open3D's, worst mesh"),
    ("memory_ratio_vs_open3d", "≤ 0.5", "our memory over Open3D's"),
    ("speed_ratio_vs_fast_simplification", "> 1", "wall time of fast-simplification over ours"),
    ("rms_ratio_vs_fast_simplification", "≤ 1.0", "our RMS distance over fast-simplification's, worst mesh"),
    ("new_open_edges", "0", "open edges the mesh with seams did not have"),
    ("count_error", "≤ 0.02", "triangles made, over or under what was asked"),
)


class Bench:
    """Runs contestants, keeps their samples, and judges what they wrote."""

    def __init__(self, folder: Path, scans: Path) -> None:
        self.folder, self.scans = folder, scans
        self.work = folder / "out"
        self.samples: dict[str, list[dict[str, Any]]] = {}
        self.verdicts: dict[str, dict[str, Any]] = {}

    def kernel(self, name: str, ratio: float, contestant: str, repeats: int) -> None:
        """Time the call alone, each in a process of its own, and judge the last result."""
        source = saved(name, self.scans, self.folder)
        with np.load(source) as held:
            asked = round(len(held["triangles"]) * ratio)
        python = sys.executable if contestant == "ours" else str(environment("decimation") / "python")
        self.work.mkdir(parents=True, exist_ok=True)
        target = self.work / f"{name}-{ratio}-{contestant}.npz"
        script = str(REPOSITORY / "benchmarks" / "decimators.py")
        key = f"{name} {ratio} {contestant}"
        for _ in range(repeats):
            run = measured(
                [python, script, contestant, str(source), str(target), str(asked)],
                cwd=self.work,
                env={"PYTHONPATH": str(REPOSITORY)},
            )
            self.samples.setdefault(key, []).append(json.loads(run.last_line) | {"load": run.load_before})
        found = asdict(verdict(source, target)) | {"asked": asked}
        found["void"] = found["triangles"] > asked * TOO_MANY
        self.verdicts[key] = found
        print(f"{key}: {self.samples[key][-1]} rms {found['rms_m']:.3e}", file=sys.stderr)

    def verb(self, name: str, ratio: float, contestant: str) -> Run:
        """Time whole processes, file to file."""
        source = self.folder / f"{name}.ply"
        if not source.exists():
            write_ply(saved(name, self.scans, self.folder), source)
        target = self.work / f"{name}-{contestant}.{'glb' if contestant == 'ours' else 'ply'}"
        if contestant == "ours":
            command = [sys.executable, "-m", "processing", "decimate", "--ratio", str(ratio)]
            command += [str(source), str(target)]
        else:
            python = str(environment("decimation") / "python")
            command = [python, "-c", OPEN3D_FILE_TO_FILE, str(source), str(target), str(ratio)]
        return measured(command, cwd=self.work, env={"PYTHONPATH": str(REPOSITORY)})

    def middle(self, key: str, figure: str) -> float:
        """Answer the median of a figure over the runs of one contestant."""
        return float(statistics.median(sample[figure] for sample in self.samples[key]))

    def ratio(self, cases: list[str], peer: str, figure: str) -> dict[str, float]:
        """Answer the peer's figure over ours for each case."""
        return {
            case: round(self.middle(f"{case} {peer}", figure) / self.middle(f"{case} ours", figure), 3)
            for case in cases
        }

    def judged(self, cases: list[str], peer: str, figure: str) -> dict[str, float]:
        """Answer our verdict over the peer's for each case the peer was not void in."""
        found = {}
        for case in cases:
            ours, theirs = self.verdicts[f"{case} ours"], self.verdicts[f"{case} {peer}"]
            if not theirs["void"] and theirs[figure]:
                found[case] = round(ours[figure] / theirs[figure], 3)
        return found


OPEN3D_FILE_TO_FILE = """
import sys, open3d
mesh = open3d.io.read_triangle_mesh(sys.argv[1])
made = mesh.simplify_quadric_decimation(round(len(mesh.triangles) * float(sys.argv[3])))
open3d.io.write_triangle_mesh(sys.argv[2], made)
"""


def main(argv: list[str] | None = None) -> int:
    """Measure, judge, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(PACKAGES)
    bench = Bench(asked.folder, asked.scans)
    cases = []
    for name in asked.meshes:
        for ratio in RATIOS:
            cases.append(f"{name} {ratio}")
            repeats = asked.repeats if name in TIMED else 1
            for contestant in ("ours", *PEERS):
                bench.kernel(name, ratio, contestant, repeats)
    runs: dict[str, list[Run]] = {}
    for name in (name for name in TIMED if name in asked.meshes):
        for _ in range(asked.repeats):
            for contestant in ("ours", "open3d"):
                runs.setdefault(f"{name} {contestant}", []).append(bench.verb(name, RATIOS[0], contestant))
    result = {"benchmark": "decimate", "meshes": asked.meshes} | _figures(bench, cases, runs) | around
    if asked.record:
        kept = {"samples": bench.samples, "verdicts": bench.verdicts, "runs": as_json(runs)}
        record("decimate", result | kept)
    shutil.rmtree(bench.work, ignore_errors=True)
    print(json.dumps(result))
    return 0


def _figures(bench: Bench, cases: list[str], runs: dict[str, list[Run]]) -> dict[str, Any]:
    """Worst cases are the keys; every case stands beside them."""
    timed = [case for case in cases if case.split()[0] in TIMED]
    by_case = {
        "speed_ratio_vs_open3d": bench.ratio(timed, "open3d", "wall_s"),
        "cpu_ratio_vs_open3d": bench.ratio(timed, "open3d", "cpu_s"),
        "speed_ratio_vs_fast_simplification": bench.ratio(timed, "fast-simplification", "wall_s"),
    }
    worse_high = {
        "memory_ratio_vs_open3d": {
            case: round(1 / value, 3) for case, value in bench.ratio(timed, "open3d", "grown_mib").items()
        },
        "rms_ratio_vs_open3d": bench.judged(cases, "open3d", "rms_m"),
        "hausdorff_ratio_vs_open3d": bench.judged(cases, "open3d", "hausdorff_m"),
        "colour_rms_ratio_vs_open3d": bench.judged(cases, "open3d", "colour_rms"),
        "rms_ratio_vs_fast_simplification": bench.judged(cases, "fast-simplification", "rms_m"),
        "count_error": {case: _count_error(bench.verdicts[f"{case} ours"]) for case in cases},
    }
    figures: dict[str, Any] = {name: min(found.values(), default=None) for name, found in by_case.items()}
    figures |= {name: max(found.values(), default=None) for name, found in worse_high.items()}
    rms = worse_high["rms_ratio_vs_open3d"]
    figures["rms_ratio_median"] = round(statistics.median(rms.values()), 3) if rms else None
    figures["verb_speed_ratio_vs_open3d"] = min(
        (
            _wall(runs[f"{name} open3d"]) / _wall(runs[f"{name} ours"])
            for name in TIMED
            if f"{name} ours" in runs
        ),
        default=None,
    )
    figures["new_open_edges"] = _new_open_edges(bench)
    figures["void"] = sorted(key for key, found in bench.verdicts.items() if found["void"])
    return figures | {"by_case": by_case | worse_high}


def _count_error(found: dict[str, Any]) -> float:
    return float(round(abs(found["triangles"] / found["asked"] - 1), 4))


def _new_open_edges(bench: Bench) -> int | None:
    held = [found for key, found in bench.verdicts.items() if key.startswith(SEAMED) and key.endswith("ours")]
    if not held:
        return None
    with np.load(saved(SEAMED, bench.scans, bench.folder)) as source:
        before = open_edges(source["positions"], source["triangles"])
    return max(int(found["open_edges"]) for found in held) - before


def _wall(runs: list[Run]) -> float:
    return float(statistics.median(run.wall_s for run in runs))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decimate", description=__doc__)
    parser.add_argument("--scans", type=Path, default=REPOSITORY.parent / "shared" / "data" / "mesh")
    parser.add_argument("--meshes", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "benchmarks" / "meshes")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
