"""Writes docs/benchmarks.md from the recorded results: ``python -m benchmarks.report``."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.measure import REPOSITORY, RESULTS

PAGE = REPOSITORY / "docs" / "benchmarks.md"
# Figure, what is asked of it, and in which direction (issue 3).
TARGETS = (
    ("cpu_ratio_vs_py3dtiles", "≥ 8", "CPU of py3dtiles over ours, from LAS"),
    ("wall_ratio_vs_py3dtiles", "", "wall time of py3dtiles over ours, from LAS"),
    ("cpu_over_bare_read_las", "≤ 8.7", "our CPU over only reading the LAS file"),
    ("cpu_over_bare_decode_laz", "≤ 1.9", "our CPU over only decoding the LAZ file"),
    ("wall_ratio_vs_laz_decode", "≤ 2.0", "our wall time over only decoding the LAZ file"),
    ("bytes_per_point", "≤ 10", "bytes of tiles a point"),
    ("finest_step_m", "≤ 0.001", "finest step of positions, metres"),
    ("max_position_error_m", "stated", "largest displacement of a point, metres"),
    ("peak_mib", "≤ 600", "peak memory of the process tree (PSS), MiB"),
    ("points_missing", "0", "points lost, added or with another intensity, every tile decoded"),
    ("copc_points_per_cpu_s", "≥ 1,500,000", "COPC: points a CPU second, whole process, from LAS"),
    ("copc_bytes_per_point", "", "COPC: bytes a point"),
    ("copc_bytes_over_laz_in_scan_order", "", "COPC: size over the LAZ it was made of"),
    ("copc_peak_mib", "", "COPC: peak memory, MiB"),
)


def main() -> int:
    """Write the page anew."""
    results = [json.loads(path.read_bytes()) for path in sorted(RESULTS.glob("cloud_tiles-*.json"))]
    results.sort(key=lambda result: result["points"])
    PAGE.write_text(page(results))
    print(json.dumps({"page": PAGE.relative_to(REPOSITORY).as_posix(), "results": len(results)}))
    return 0


def page(results: list[dict[str, Any]]) -> str:
    """Write the page: one column a recorded result."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks.report` from `benchmarks/results`, where every single run is kept.",
        "",
        "## Tiling clouds",
        "",
        "Simulated stations in scan-line order, 2 mm of range noise, written by `python -m "
        "benchmarks.cloud_tiles`. Medians of whole processes taken in turn on one machine.",
        "",
        "| figure | target | " + " | ".join(f"{result['points']:,} points" for result in results) + " |",
        "|---|---|" + "---|" * len(results),
    ]
    lines += [_row(label, target, [r.get(name) for r in results]) for name, target, label in TARGETS]
    lines += _times(results)
    lines += ["", "Measured on:", ""]
    lines += [_machine(result) for result in results]
    lines += [
        "",
        "Not measured yet: PotreeConverter 2 beside ours, 20 and 200 million points, the shuffled cloud.",
    ]
    return "\n".join(lines) + "\n"


def _row(label: str, target: str, values: list[Any]) -> str:
    return f"| {label} | {target} | " + " | ".join(_number(value) for value in values) + " |"


def _times(results: list[dict[str, Any]]) -> list[str]:
    names = sorted({name for result in results for name in result["median_cpu_s"]})
    rows = []
    for name in names:
        pairs = [
            f"{result['median_cpu_s'][name]:.1f} / {result['median_wall_s'][name]:.1f}"
            if name in result["median_cpu_s"]
            else "–"
            for result in results
        ]
        rows.append(f"| {name}: CPU s / wall s | | " + " | ".join(pairs) + " |")
    return rows


def _machine(result: dict[str, Any]) -> str:
    loads = [run["load_before"] for runs in result["runs"].values() for run in runs]
    versions = ", ".join(f"{name} {version}" for name, version in sorted(result["versions"].items()))
    repeats = ", ".join(f"{name} ×{count}" for name, count in result["repeats"].items())
    machine = (
        f"{result['cpu']}, {result['cores']} cores, {result['memory_gib']} GiB, Python {result['python']}"
    )
    return (
        f"- {result['points']:,} points: {machine}, {versions}; commit {result['commit']}, "
        f"seed {result['seed']}, {result['at']}; {repeats}; load before runs {min(loads)} to {max(loads)} "
        f"(other work ran beside: trust CPU seconds and ratios more than wall time)."
    )


def _number(value: Any) -> str:
    if value is None:
        return "not measured"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if abs(value) < 0.1 else f"{value:,.2f}"


if __name__ == "__main__":
    sys.exit(main())
