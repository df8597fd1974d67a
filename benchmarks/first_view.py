"""First view: from the answer of ``complete`` to the first frame that shows a cloud, by the browser's clock.

``python -m benchmarks.first_view --points 20000000 --record``: starts a whole stack, uploads clouds it has
never seen, watches each in headless Chromium drawn by the processor. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.browsing import Browsing, browsing
from benchmarks.cloud_inputs import clouds
from benchmarks.measure import REPOSITORY, record, surroundings
from benchmarks.preview_check import cells_of_las, cells_of_tiles
from tests.browser.seeding import Site

SCRIPT = Path(__file__).with_suffix(".mjs")
DRAWN_POINTS = 10_000
GIVE_UP_S = 120
TARGETS = (
    ("first_view_s", "≤ 6", "seconds until at least 10,000 points are drawn, median of the runs"),
    ("first_view_s_worst", "≤ 6", "the same, worst run"),
    ("first_points_least", "≥ 10,000", "points drawn in that frame, fewest"),
    (
        "cells_present_least",
        "≥ 0.95",
        "share of the occupied 1 m cells that the first view shows, least",
    ),
    (
        "cells_within_error_least",
        "",
        "the same, a point counting for all cells it may lie in by its stated error",
    ),
    ("preview_points_most", "", "points of the preview, most"),
    ("views", "", "clouds, each never seen before"),
)
PACKAGES = ("numpy", "numba", "laspy", "lazrs", "meshopt")


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A running stack and what drives the browser."""

    browser: Browsing
    subject: dict[str, Any]

    @property
    def site(self) -> Site:
        """The admin's calls."""
        return self.browser.site

    def view(self, las: Path) -> dict[str, Any]:
        """Send one cloud, see it, and hold its preview against the whole of it."""
        upload = self.site.put(self.subject, "point_cloud", las.stem, [las])
        load = os.getloadavg()[0]
        seen = self._watch(upload, las.stem)
        # The preview may be one cloud's only view for long: what it leaves out is counted in the same run.
        there, whole = cells_of_tiles(self.site, seen["version"]), cells_of_las(las)
        self.site.wait(seen["version"])
        jobs = self.site.get(f"/v1/versions/{seen['version']}/jobs")["items"]
        return {
            "cloud": las.name,
            "bytes": las.stat().st_size,
            "load_before": round(load, 2),
            "first_view_s": round(seen["first_view_ms"] / 1000, 3),
            "first_points": seen["first_points"],
            "quality": seen["quality"],
            "model_share": round(seen["drawn"]["model_share"], 3),
            "preview_points": there.points,
            "cells": len(whole.cells),
            "cells_present": round(len(whole.cells & there.cells) / len(whole.cells), 4),
            "cells_within_error": round(len(whole.cells & there.near) / len(whole.cells), 4),
            "trouble": seen["trouble"],
            "jobs": [_times(self.site.get(f"/v1/jobs/{job['id']}")) for job in jobs],
            "requests": seen["asked"],
        }

    def _watch(self, upload: str, asset: str) -> dict[str, Any]:
        return self.browser.drive(
            SCRIPT,
            link=self.site.login_link(),
            subject=self.subject["path"],
            asset=asset,
            upload=upload,
            points=DRAWN_POINTS,
            timeout=GIVE_UP_S * 1000,
        )


def _times(job: dict[str, Any]) -> dict[str, Any]:
    attempt = job["attempts"][-1] if job["attempts"] else {}
    kept = ("operation", "state", "created_at", "started_at", "ended_at")
    return {name: job[name] for name in kept} | {"attempt": attempt}


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(PACKAGES)
    files = [clouds(asked.folder, points=asked.points, seed=seed)[0] for seed in asked.seeds]
    runs = measure(files)
    result = {
        "benchmark": "first_view",
        "points": asked.points,
        "views": len(runs),
        "seeds": asked.seeds,
        "first_view_s": round(statistics.median(run["first_view_s"] for run in runs), 3),
        "first_view_s_worst": max(run["first_view_s"] for run in runs),
        "first_points_least": min(run["first_points"] for run in runs),
        "cells_present_least": min(run["cells_present"] for run in runs),
        "cells_within_error_least": min(run["cells_within_error"] for run in runs),
        "preview_points_most": max(run["preview_points"] for run in runs),
    }
    if asked.record:
        record(f"first_view-{asked.points}", result | around | {"runs": {"first_view": runs}})
    brief = [{key: run[key] for key in ("cloud", "first_view_s", "cells_present")} for run in runs]
    print(json.dumps(result | around | {"runs": brief}))
    return 0


def measure(files: Sequence[Path]) -> list[dict[str, Any]]:
    """Start a stack, view each file in turn once the last one's jobs are at rest, stop the stack."""
    with browsing() as browser:
        subject = browser.site.subject("site", "first-view", {"en": "First view"})
        bench = Bench(browser=browser, subject=subject)
        return [_told(bench.view(file)) for file in files]


def _told(run: dict[str, Any]) -> dict[str, Any]:
    print(f"{run['cloud']}: {run['first_view_s']} s, {run['cells_present']:.1%} of cells", file=sys.stderr)
    return run


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_view", description=__doc__)
    parser.add_argument("--points", type=int, default=20_000_000)
    parser.add_argument("--seeds", type=int, nargs="+", default=[201, 202, 203])
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "benchmarks")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
