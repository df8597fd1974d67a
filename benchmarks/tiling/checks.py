"""What is in the tiles: every point where it was, levels that look even, and the real clouds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.checking.evenness import evenness, levels
from benchmarks.checking.near import near
from benchmarks.checking.picture import draw
from benchmarks.measure import REPOSITORY, BenchmarkFailedError
from benchmarks.tiles_check import broken, check
from benchmarks.tiling.bench import Bench

PICTURE = REPOSITORY / "docs" / "pictures" / "cloud-level.webp"
CLOUDS = (".las", ".laz", ".e57", ".pcd", ".ptx", ".pts", ".ply", ".xyz")
MOST_REAL_BYTES = 64 << 20


def checked(bench: Bench, forms: list[str], most_shares: int | None) -> dict[str, Any]:
    """Decode the tiles of each form by another decoder and hold them against the file."""
    answers = {}
    for form in forms:
        tiles, said = bench.tiled(form)
        answer = check(tiles, bench.source(form), most_shares=most_shares)
        stated_m = said["max_position_error_m"]
        assert isinstance(stated_m, float)
        answers[form] = answer | {
            "broken": broken(answer),
            "stated_max_position_error_m": stated_m,
            "stated_holds": answer["max_position_error_m"] <= stated_m + 1e-9,
        }
    return answers


def even(bench: Bench, *, picture: bool) -> dict[str, Any]:
    """Measure the evenness of each level that has tiles below it, and draw the middle one."""
    tiles, _ = bench.tiled("las")
    drawn = levels(tiles)
    random = np.random.default_rng(bench.seed)
    measured = [evenness(level, random) for level in drawn]
    answer: dict[str, Any] = {"levels": measured}
    if picture:
        middle = drawn[(len(drawn) - 1) // 2]
        draw(middle, PICTURE)
        answer["picture"] = {"level": middle.level, "points": len(middle.xyz), "spacing_m": middle.spacing_m}
    return answer


def real(bench: Bench, data: Path) -> dict[str, Any]:
    """Tile every real cloud of a folder; small files tell what a start costs, and that formats are read."""
    files: dict[str, Any] = {}
    for path in sorted(data.iterdir()):
        if path.suffix.lower() not in CLOUDS or path.stat().st_size > MOST_REAL_BYTES:
            continue
        target = bench.folder / "out" / "real" / "tiles"
        try:
            run = bench.take(f"real: {path.name}", bench.tile(path, target))
        except BenchmarkFailedError as error:
            files[path.name] = {"refused": _kind(target.parent / "stdout.log") or str(error)[-300:]}
            continue
        said = json.loads(run.last_line)
        files[path.name] = {
            "points": said["points"],
            "cpu_s": run.cpu_s,
            "peak_mib": run.peak_mib,
            "bytes_per_point": round(said["bytes"] / said["points"], 2),
            "max_position_error_m": said["max_position_error_m"],
            "frame": said["frame"]["kind"],
        }
        if path.suffix.lower() in (".las", ".laz"):
            files[path.name]["held_against_file"] = near(target, path, said)
    return files


def _kind(log: Path) -> str | None:
    lines = log.read_text().strip().splitlines()
    return json.loads(lines[-1])["error"]["kind"] if lines else None
