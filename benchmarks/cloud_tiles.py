"""Tiling a cloud: ours beside the bare reader, py3dtiles and PotreeConverter 2, and what is in the tiles.

``python -m benchmarks.cloud_tiles --points 20000000 --record``: the last line is one JSON object. With
``--only las,laz`` some sections are taken; a record keeps the others, each with its own surroundings.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.cloud_inputs import FOLDER
from benchmarks.measure import REPOSITORY, RESULTS, as_json, record, surroundings
from benchmarks.tiling import checks, timing
from benchmarks.tiling.bench import PEER, Bench
from benchmarks.tiling.figures import figures

PACKAGES = ("numpy", "numba", "laspy", "lazrs", "meshopt")
# Where PotreeConverter 2 was built (benchmarks/peers/README.md); without it that section is left out.
POTREE = "HERITWIN_BENCHMARK_POTREE"
DATA = REPOSITORY.parent / "shared" / "data"
SECTIONS = ("inputs", "las", "laz", "shuffled", PEER, "potree", "check", "evenness", "real")


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    asked = _parser().parse_args(argv)
    bench = Bench(folder=asked.folder, points=asked.points, seed=asked.seed, code=asked.code)
    name = f"cloud_tiles-{asked.points}"
    kept: dict[str, Any] = _recorded(asked.points) if asked.record else {}
    smaller = _recorded(asked.points // 10)
    timing.inputs(bench)
    if any(section in asked.only for section in ("las", "laz", "shuffled", PEER, "potree")):
        timing.warm(bench)
    head = {"benchmark": "cloud_tiles", "points_asked": asked.points, "seed": asked.seed}
    for section in asked.only:
        take = _taker(section, bench, asked)
        if take is None:
            continue
        print(f"-- {section}", file=sys.stderr)
        bench.samples = {}
        around = surroundings(PACKAGES) | {"niceness": os.nice(0)}
        found = take()
        about = {"surroundings": around, "processing": bench.digest()}
        kept[section] = found | about | {"samples": as_json(bench.samples)}
        if asked.record:
            # After each section: a run that is cut keeps what it has.
            record(name, head | {"sections": kept, "figures": figures(kept, smaller, asked.points)})
    if asked.clean:
        shutil.rmtree(asked.folder / "out", ignore_errors=True)
    print(json.dumps(head | figures(kept, smaller, asked.points) | {"sections": sorted(kept)}))
    return 0


def _taker(section: str, bench: Bench, asked: argparse.Namespace) -> Callable[[], dict[str, Any]] | None:
    """Answer how a section is taken, None if what it needs is not here."""
    if section == "potree" and not asked.potree:
        print(f"-- potree: left out, {POTREE} names no program", file=sys.stderr)
        return None
    if section == "real" and not asked.data.is_dir():
        print(f"-- real: left out, no folder {asked.data}", file=sys.stderr)
        return None
    known: dict[str, Callable[[], dict[str, Any]]] = {
        "inputs": lambda: {"forms": timing.inputs(bench)},
        "las": lambda: timing.plain(bench, "las", asked.repeats),
        "laz": lambda: timing.plain(bench, "laz", asked.repeats),
        "shuffled": lambda: timing.shuffled(bench, asked.repeats),
        PEER: lambda: timing.py3dtiles(bench, asked.repeats),
        "potree": lambda: timing.potree(bench, Path(asked.potree), asked.repeats),
        "check": lambda: {"forms": checks.checked(bench, asked.check, asked.shares)},
        "evenness": lambda: checks.even(bench, picture=asked.picture),
        "real": lambda: {"files": checks.real(bench, asked.data / "cloud")},
    }
    return known[section]


def _recorded(points: int) -> dict[str, Any]:
    path = RESULTS / f"cloud_tiles-{points}.json"
    if not path.exists():
        return {}
    sections: dict[str, Any] = json.loads(path.read_bytes()).get("sections", {})
    return sections


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud_tiles", description=__doc__)
    parser.add_argument("--points", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--only", type=_sections, default=list(SECTIONS), help=", ".join(SECTIONS))
    parser.add_argument(
        "--check", type=_forms, default=list(timing.FORMS), help="forms to decode and compare"
    )
    parser.add_argument("--shares", type=int, help="measure the displacement of at most so many 4 M points")
    parser.add_argument("--picture", action="store_true", help="draw a middle level into docs/pictures")
    parser.add_argument("--potree", default=os.environ.get(POTREE), help="PotreeConverter 2, built elsewhere")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the real data")
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--code", type=Path, default=REPOSITORY, help="checkout whose tiler is measured")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    parser.add_argument("--clean", action="store_true", help="delete what was made of the clouds")
    return parser


def _sections(text: str) -> list[str]:
    return _chosen(text, SECTIONS)


def _forms(text: str) -> list[str]:
    return _chosen(text, timing.FORMS)


def _chosen(text: str, known: tuple[str, ...]) -> list[str]:
    chosen = text.split(",")
    if strange := [name for name in chosen if name not in known]:
        raise argparse.ArgumentTypeError(f"no {', '.join(strange)}; one of {', '.join(known)}")
    return chosen


if __name__ == "__main__":
    sys.exit(main())
