"""``python -m tests.fuzz [TARGET…] --seconds 20``: one JSON line last, exit 1 over any defect."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.measure import record, surroundings
from tests.fuzz.engine import Report, fuzz
from tests.fuzz.targets import TARGETS


def main(argv: list[str] | None = None) -> int:
    """Fuzz the targets, and say what came of it."""
    asked = _parser().parse_args(argv)
    started_s = time.monotonic()
    reports: list[Report] = []
    result: dict[str, Any] = {}
    around = surroundings(("numpy", "lazrs", "pye57", "laspy", "pillow", "meshopt", "DracoPy"))
    with ExitStack() as stack:
        scratch = stack.enter_context(tempfile.TemporaryDirectory(prefix="fuzz-", dir=asked.scratch))
        one = partial(_one, asked.seconds, asked.seed, Path(scratch))
        pool = stack.enter_context(ProcessPoolExecutor(asked.at_once))
        for report in pool.map(one, asked.targets or TARGETS):
            reports.append(report)
            _say(report)
            for defect in report.defects if asked.keep else ():
                folder = asked.keep / report.target
                folder.mkdir(parents=True, exist_ok=True)
                (folder / defect.name).write_bytes(defect.data)
            result = _together(reports) | {"wall_s": round(time.monotonic() - started_s, 1)}
            if asked.record:
                record("fuzz", {"benchmark": "fuzz"} | result | around)
    print(json.dumps(result))
    return 1 if result["defects"] else 0


def _one(seconds: float, seed: int, scratch: Path, name: str) -> Report:
    """Fuzz one target in a folder of its own."""
    folder = scratch / name
    folder.mkdir()
    return fuzz(name, seconds=seconds, seed=seed, folder=folder)


def _say(report: Report) -> None:
    common = ", ".join(f"{kind} {count:,}" for kind, count in report.kinds.most_common(4))
    print(
        f"{report.target}: {report.runs:,} runs in {report.cpu_s:.0f} CPU s, {report.lines} lines reached, "
        f"{common}",
        file=sys.stderr,
        flush=True,
    )
    for defect in report.defects:
        print(f"  {defect.name} {defect.where}: {defect.what}", file=sys.stderr, flush=True)


def _together(reports: list[Report]) -> dict[str, Any]:
    kinds: Counter[str] = Counter()
    for report in reports:
        kinds += report.kinds
    return {
        "targets": len(reports),
        "runs": sum(report.runs for report in reports),
        "cpu_s": round(sum(report.cpu_s for report in reports), 1),
        "defects": sum(len(report.defects) for report in reports),
        "seed": reports[0].seed,
        "slowest_s": max(report.slowest_s for report in reports),
        "peak_growth_mib": max(report.peak_growth_mib for report in reports),
        "kinds": dict(kinds.most_common()),
        "by_target": {
            report.target: {
                "runs": report.runs,
                "cpu_s": round(report.cpu_s, 1),
                "lines": report.lines,
                "kinds": len(report.kinds),
                "slowest_s": report.slowest_s,
                "defects": [{"name": d.name, "where": d.where, "what": d.what} for d in report.defects],
            }
            for report in reports
        },
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument(
        "targets", nargs="*", choices=[*TARGETS, []], metavar="TARGET", help=", ".join(TARGETS)
    )
    parser.add_argument("--seconds", type=float, default=20.0, help="CPU seconds of each target (20)")
    parser.add_argument(
        "--seed", type=int, default=1, help="where the dice begin (1): same code, same seed, same run"
    )
    parser.add_argument("--keep", type=Path, help="folder for inputs that ended other than they may")
    parser.add_argument(
        "--scratch", type=Path, help="folder for what targets write (the system's for temporary files)"
    )
    parser.add_argument("--at-once", type=int, default=1, help="targets at a time (1)")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
