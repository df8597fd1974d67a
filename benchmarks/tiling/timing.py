"""What tiling costs beside the bare reader and other tilers, whole processes taken in turn."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from benchmarks.cloud_inputs import clouds, cost_of, made
from benchmarks.tiling.bench import PEER, PEER_VERSION, SETTINGS, Bench

WARM_POINTS = 50_000
# Settings of a peer are tried on a tenth of the cloud; the cheapest of them are run on the whole of it.
TRIED_SHARE, TRIED_ON_ALL = 10, 2
FORMS = ("las", "laz", "shuffled.las")


def inputs(bench: Bench) -> dict[str, Any]:
    """Make all forms of the cloud, each in a process of its own, and say what that took."""
    places = made(bench.folder, FORMS, points=bench.points, seed=bench.seed)
    return {
        form: {"file": path.name, "bytes": path.stat().st_size, "making": cost_of(path)}
        for form, path in places.items()
    }


def warm(bench: Bench) -> None:
    """Have every kernel compiled, ours and theirs, before anything is measured."""
    las, _ = clouds(bench.folder, points=WARM_POINTS, seed=bench.seed)
    small = Bench(folder=bench.folder, points=WARM_POINTS, seed=bench.seed, code=bench.code)
    small.ours("las")
    small.ours("laz")
    del las


def plain(bench: Bench, form: str, repeats: int) -> dict[str, Any]:
    """Tile one form, in turn with only reading it."""
    for _ in range(repeats):
        bench.take(f"bare_{form}", bench.bare(form))
        bench.take(f"ours_{form}", bench.ours(form))
    _, said = bench.tiled(form)
    folder = bench.tiles(form)
    return {
        "tiler": {
            name: said[name] for name in ("points", "tiles", "levels", "step_m", "max_position_error_m")
        },
        "bytes_of_tileset": sum(path.stat().st_size for path in folder.iterdir()),
    }


def shuffled(bench: Bench, repeats: int) -> dict[str, Any]:
    """Tile the shuffled cloud, in turn with the same cloud in scan-line order."""
    for _ in range(repeats):
        bench.take("ours_las", bench.ours("las"))
        bench.take("ours_shuffled.las", bench.ours("shuffled.las"))
    same = _digests(bench.tiles("las")) == _digests(bench.tiles("shuffled.las"))
    return {"same_bytes_as_in_scan_order": same}


def py3dtiles(bench: Bench, repeats: int) -> dict[str, Any]:
    """Find the cheapest settings of py3dtiles, and run the best in turn with ours."""
    tenth, _ = clouds(bench.folder, points=max(WARM_POINTS, bench.points // TRIED_SHARE), seed=bench.seed)
    small, _ = clouds(bench.folder, points=WARM_POINTS, seed=bench.seed)
    bench.py3dtiles(SETTINGS[0], small)
    tried = {
        one.name: bench.take(f"{PEER} on a tenth: {one.name}", bench.py3dtiles(one, tenth))
        for one in SETTINGS
    }
    best = sorted(SETTINGS, key=lambda one: tried[one.name].cpu_s)[:TRIED_ON_ALL]
    source = bench.source("las")
    spent = {one.name: bench.take(f"{PEER}: {one.name}", bench.py3dtiles(one, source)).cpu_s for one in best}
    chosen = min(best, key=lambda one: spent[one.name])
    bench.take("ours_las", bench.ours("las"))
    for _ in range(repeats - 1):
        bench.take(f"{PEER}: {chosen.name}", bench.py3dtiles(chosen, source))
        bench.take("ours_las", bench.ours("las"))
    return {"version": PEER_VERSION, "best": chosen.name, "tried": [one.name for one in SETTINGS]}


def potree(bench: Bench, program: Path, repeats: int) -> dict[str, Any]:
    """Run PotreeConverter 2 in turn with ours and with only reading."""
    for _ in range(repeats):
        for form in ("las", "laz"):
            bench.take(f"potree_{form}", bench.potree(program, form))
            bench.take(f"bare_{form}", bench.bare(form))
            bench.take(f"ours_{form}", bench.ours(form))
    written = sum(
        path.stat().st_size for path in (bench.folder / "out" / "potree").rglob("*") if path.is_file()
    )
    return {"program": program.name, "bytes_written": written}


def _digests(tiles: Path) -> dict[str, str]:
    digests = {}
    for path in sorted(tiles.iterdir()):
        with path.open("rb") as file:
            digests[path.name] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests
