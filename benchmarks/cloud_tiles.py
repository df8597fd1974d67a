"""Tiling a cloud: ours as a whole process, beside the bare read, the bare decode, and py3dtiles.

``python -m benchmarks.cloud_tiles --points 20000000 --record``: the last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cloud_inputs import clouds
from benchmarks.measure import REPOSITORY, Run, as_json, highest_mib, measured, median, record, surroundings
from benchmarks.peers import environment
from benchmarks.tiles_check import contents_of_las, contents_of_tiles, missing

PEER = "py3dtiles"
PEER_VERSION = "12.1.1"
# Its settings: the older and the newer form of tiles; both with intensity, since ours keep it.
PEER_SPECS = ("1.0", "1.1")
WARM_POINTS = 100_000
PACKAGES = ("numpy", "numba", "laspy", "lazrs", "meshopt")
NOT_MEASURED = {
    "potree": "PotreeConverter 2 is not built here",
    "wall baselines on a quiet machine": "see load_at_start and load_before of each run",
}


@dataclass(frozen=True, kw_only=True)
class Bench:
    """What is measured on: two forms of one cloud, and a folder for what comes out."""

    las: Path
    laz: Path
    work: Path

    def ours(self, verb: str, source: Path, name: str) -> Run:
        """Run one verb of the room as anybody would."""
        place = self._fresh(name)
        target = place / ("cloud.copc.laz" if verb == "copc" else "tiles")
        more = ["--packed"] if verb == "tile" else []
        return measured(
            [sys.executable, "-m", "processing", verb, str(source), str(target), *more],
            cwd=place,
            env={"PYTHONPATH": str(REPOSITORY)},
        )

    def bare(self, source: Path) -> Run:
        """Read or decode only."""
        return measured(
            [sys.executable, "-m", "benchmarks.bare", str(source)],
            cwd=self._fresh("bare"),
            env={"PYTHONPATH": str(REPOSITORY)},
        )

    def peer(self, spec: str, source: Path | None = None) -> Run:
        """Run py3dtiles on the LAS file (or another) with as many jobs as it likes."""
        place = self._fresh("peer")
        command = [str(environment(PEER) / "py3dtiles"), "convert", str(source or self.las), "--out", "tiles"]
        return measured([*command, "--spec-version", spec, "--extra-fields", "intensity"], cwd=place)

    def _fresh(self, name: str) -> Path:
        place = self.work / name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        return place


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(PACKAGES)
    las, laz = clouds(asked.folder, points=asked.points, seed=asked.seed)
    bench = Bench(las=las, laz=laz, work=asked.folder / "out")
    # Kernels, ours and theirs, are compiled before anything is measured.
    small, _ = clouds(asked.folder, points=WARM_POINTS, seed=asked.seed)
    for verb in ("tile", "copc"):
        bench.ours(verb, small, "warm")
    specs = (asked.peer_spec,) if asked.peer_spec else PEER_SPECS
    for spec in specs if asked.peer_repeats else ():
        bench.peer(spec, small)
    runs: dict[str, list[Run]] = {}

    def take(name: str, run: Run) -> None:
        runs.setdefault(name, []).append(run)
        print(f"{name}: {run.wall_s} s, {run.cpu_s} CPU s, {run.peak_mib} MiB", file=sys.stderr)

    chosen = _best_spec(bench, specs, take) if asked.peer_repeats else None
    for number in range(asked.repeats):
        take("bare_las", bench.bare(las))
        take("ours_las", bench.ours("tile", las, "las"))
        take("bare_laz", bench.bare(laz))
        take("ours_laz", bench.ours("tile", laz, "laz"))
        take("copc_las", bench.ours("copc", las, "copc"))
        if chosen is not None and number < asked.peer_repeats - 1:
            take(f"{PEER}_{chosen}", bench.peer(chosen))
    result = _figures(bench, runs, chosen)
    head = {"benchmark": "cloud_tiles", "points_asked": asked.points, "seed": asked.seed}
    result = head | result | around | {"not_measured": NOT_MEASURED}
    if asked.record:
        record(f"cloud_tiles-{asked.points}", result | {"runs": as_json(runs)})
    shutil.rmtree(bench.work, ignore_errors=True)
    print(json.dumps(result))
    return 0


def _best_spec(bench: Bench, specs: Sequence[str], take: Any) -> str:
    """Run the peer once with every setting; the one that costs less is measured on."""
    spent = {}
    for spec in specs:
        run = bench.peer(spec)
        take(f"{PEER}_{spec}", run)
        spent[spec] = run.cpu_s
    return min(spent, key=lambda spec: spent[spec])


def _figures(bench: Bench, runs: dict[str, list[Run]], spec: str | None) -> dict[str, Any]:
    tiled: dict[str, Any] = json.loads(runs["ours_las"][-1].last_line)
    copc: dict[str, Any] = json.loads(runs["copc_las"][-1].last_line)
    there = contents_of_las(bench.las)
    checked = {name: contents_of_tiles(bench.work / name / "tiles") for name in ("las", "laz")}

    def over(ours: str, theirs: str, figure: str) -> float:
        return round(median(runs[ours], figure) / median(runs[theirs], figure), 2)

    peer = f"{PEER}_{spec}"
    ours = runs["ours_las"] + runs["ours_laz"]
    return {
        "inputs": [bench.las.name, bench.laz.name],
        "points": there.points,
        "repeats": {name: len(held) for name, held in runs.items()},
        "cpu_ratio_vs_py3dtiles": None if spec is None else over(peer, "ours_las", "cpu_s"),
        "wall_ratio_vs_py3dtiles": None if spec is None else over(peer, "ours_las", "wall_s"),
        "py3dtiles": None if spec is None else {"version": PEER_VERSION, "spec": spec},
        "cpu_over_bare_read_las": over("ours_las", "bare_las", "cpu_s"),
        "cpu_over_bare_decode_laz": over("ours_laz", "bare_laz", "cpu_s"),
        "wall_ratio_vs_laz_decode": over("ours_laz", "bare_laz", "wall_s"),
        "bytes_per_point": round(tiled["bytes"] / tiled["points"], 2),
        "finest_step_m": checked["las"].finest_step_m,
        "max_position_error_m": tiled["max_position_error_m"],
        "tiles": tiled["tiles"],
        "peak_mib": highest_mib(ours),
        "peak_mib_laz": highest_mib(runs["ours_laz"]),
        "cost_growth_20m_to_200m": None,
        "points_missing": max(missing(there, found) for found in checked.values()),
        "copc_points_per_cpu_s": round(there.points / median(runs["copc_las"], "cpu_s")),
        "copc_bytes_per_point": round(copc["bytes"] / copc["points"], 2),
        "copc_bytes_over_laz_in_scan_order": round(copc["bytes"] / bench.laz.stat().st_size, 3),
        "copc_peak_mib": highest_mib(runs["copc_las"]),
        "median_wall_s": {name: median(held, "wall_s") for name, held in runs.items()},
        "median_cpu_s": {name: median(held, "cpu_s") for name, held in runs.items()},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud_tiles", description=__doc__)
    parser.add_argument("--points", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--peer-repeats", type=int, default=3, help="0: leave py3dtiles out")
    parser.add_argument(
        "--peer-spec", choices=PEER_SPECS, help="only this setting, if it is known to be best"
    )
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "benchmarks")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
