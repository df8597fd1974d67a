"""Writes docs/benchmarks.md from the recorded results: ``python -m benchmarks.report``."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks import (
    cloud_copc,
    cloud_read,
    decimate,
    first_view,
    hostile,
    mesh_read,
    mesh_tiles,
    pages,
    upload,
)
from benchmarks.endurance import __main__ as endurance
from benchmarks.measure import REPOSITORY, RESULTS
from benchmarks.report_tiles import tiling

PAGE = REPOSITORY / "docs" / "benchmarks.md"
Targets = tuple[tuple[str, str, str], ...]
# Results whose figures have targets and labels: title, stem of the files, figures.
TABLES: tuple[tuple[str, str, Targets], ...] = (
    ("Reading clouds", "cloud_read", cloud_read.TARGETS),
    ("COPC", "cloud_copc", cloud_copc.TARGETS),
    ("First view", "first_view", first_view.TARGETS),
    ("Making meshes lighter", "decimate", decimate.TARGETS),
    ("Tiling meshes", "mesh_tiles", mesh_tiles.TARGETS),
    ("Reading meshes", "mesh_read", mesh_read.TARGETS),
    ("Other people's pages", "pages", pages.TARGETS),
    ("Sending", "upload", upload.TARGETS),
    ("Killed at random", "endurance", endurance.TARGETS),
    ("Hostile files", "hostile", hostile.TARGETS),
)
HEAD = """# Benchmarks

Written by `python -m benchmarks.report` from `benchmarks/results`, where every single run is kept with the
load of the machine before it. Each command of `benchmarks/` ends with one line of JSON; `--record` keeps it.
"""
# What is said of the surroundings elsewhere, and no figure.
_ABOUT = {
    "at",
    "benchmark",
    "commit",
    "cores",
    "cpu",
    "memory_gib",
    "pace_s",
    "python",
    "seed",
    "points_asked",
    "schema",
}


def main() -> int:
    """Write the page anew."""
    results = {path.stem: json.loads(path.read_bytes()) for path in sorted(RESULTS.glob("*.json"))}
    PAGE.write_text(page(results))
    print(json.dumps({"page": PAGE.relative_to(REPOSITORY).as_posix(), "results": sorted(results)}))
    return 0


def page(results: dict[str, dict[str, Any]]) -> str:
    """Write the page: tiling first, then what has targets, then all other results as they are."""
    told = {stem for stem in results if stem.startswith("cloud_tiles-")}
    clouds = sorted((results[stem] for stem in told), key=lambda result: int(result["points_asked"]))
    parts = [HEAD, tiling(clouds)]
    for title, name, targets in TABLES:
        stems = [stem for stem in results if stem == name or stem.startswith(f"{name}-")]
        told.update(stems)
        if stems:
            parts.append(_table(title, name, targets, [results[stem] for stem in stems]))
    parts += [_plain(stem, results[stem]) for stem in sorted(results) if stem not in told]
    return "\n".join(parts)


def number(value: Any) -> str:
    """Write a figure as a reader wants it."""
    if value is None:
        return "not measured"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 0.1 else f"{value:,.2f}"
    return str(value)


def machine(result: dict[str, Any]) -> str:
    """Say on what, with what and when something was measured."""
    versions = ", ".join(f"{name} {version}" for name, version in sorted(result.get("versions", {}).items()))
    return (
        f"{result['cpu']}, {result['cores']} cores, {result['memory_gib']} GiB, Python {result['python']}"
        f"{', ' + versions if versions else ''}; commit {result['commit']}, {result['at']}, "
        f"load at start {result.get('load_at_start', ['?'])[0]}, "
        f"two million numbers sorted in {result.get('pace_s', '?')} CPU s"
    )


def _table(title: str, name: str, targets: Targets, results: list[dict[str, Any]]) -> str:
    """One column a recorded result."""
    results = sorted(results, key=lambda result: int(result.get("points", 0)))
    heads = " | ".join(map(_column, results))
    lines = [f"## {title}", "", f"`python -m benchmarks.{name}`.", ""]
    lines += [f"| figure | target | {heads} |", "|---|---|" + "---|" * len(results)]
    for key, target, label in targets:
        values = " | ".join(number(result.get(key)) for result in results)
        lines.append(f"| {label} | {target} | {values} |")
    lines += ["", *(f"- {_column(result)}: {machine(result)}." for result in results), ""]
    return "\n".join(lines)


def _column(result: dict[str, Any]) -> str:
    return f"{result['points']:,} points" if "points" in result else "measured"


def _plain(stem: str, result: dict[str, Any]) -> str:
    """A result that names no targets: its figures as they are."""
    lines = [f"## {stem}", "", "| figure | |", "|---|---|"]
    lines += [
        f"| {name} | {number(value)} |"
        for name, value in sorted(result.items())
        if name not in _ABOUT and isinstance(value, int | float | str | None)
    ]
    if "cpu" in result and "cores" in result:
        lines += ["", f"- {machine(result)}."]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
