"""Other people's pages: from a page's first question to its first frame with the model, over a slow line.

``python -m benchmarks.pages --record``: starts a whole stack, sends it a textured roof and a coloured cloud,
and opens the pages of ``docs/pages`` from another origin, without a key, in headless Chromium drawn by the
processor. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.browsing import Browsing, browsing
from benchmarks.measure import REPOSITORY, record, surroundings
from tests.browser.clouds import write_las
from tests.browser.meshes import write_obj

SCRIPT = REPOSITORY / "tests" / "browser" / "pages.mjs"
PAGES = REPOSITORY / "docs" / "pages"
LINE = {"bytes_per_second": 1_250_000, "latency_ms": 50}
POINTS, CELLS, SEED = 600_000, 400, 5
TARGETS = (
    (
        "first_frame_s_worst",
        "≤ 3",
        "seconds from the page's first question to the first frame, 10 Mbit/s and 50 ms, slowest of all runs",
    ),
    ("three_cloud_s", "", "three.js, a cloud, median"),
    ("three_mesh_s", "", "three.js, a mesh"),
    ("model_viewer_mesh_s", "", "model-viewer, its level of 10 %"),
    ("cesium_cloud_s", "", "Cesium, a cloud"),
    ("cesium_mesh_s", "", "Cesium, a mesh"),
    ("with_libraries_s_worst", "", "seconds with the loading of the page's own libraries, slowest"),
    ("drawn_share_least", "> 0.02", "share of the screen that the model fills, least"),
)


def site_of_pages(folder: Path) -> Path:
    """Lay out the pages and their libraries as whoever takes them over would."""
    for page in PAGES.glob("*.html"):
        shutil.copy(page, folder)
    (folder / "node_modules").symlink_to(REPOSITORY / "viewer" / "node_modules")
    return folder


def visits(cloud: str, mesh: str) -> dict[str, str]:
    """Return which version each page shows; a name is a page and what it is given."""
    clouds = {f"{page}:cloud": cloud for page in ("three", "cesium")}
    return clouds | {f"{page}:mesh": mesh for page in ("three", "cesium", "model-viewer")}


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(("numpy",))
    with browsing() as browser, tempfile.TemporaryDirectory(prefix="heritwin-pages-") as scratch:
        versions = _versions(browser, Path(scratch))
        site = site_of_pages(Path(scratch))
        runs = [_run(browser, site, versions) for _ in range(asked.runs)]
    result = _result(runs) | {"triangles_sent": 2 * CELLS * CELLS, "points_sent": POINTS, "seed": SEED}
    if asked.record:
        record("pages", {"benchmark": "pages"} | result | around | {"line": LINE, "samples": runs})
    print(json.dumps({"benchmark": "pages"} | result | around))
    return 0


def _versions(browser: Browsing, scratch: Path) -> dict[str, str]:
    subject = browser.site.subject("site", "pages", {"en": "Pages"})
    write_las(scratch / "pavilion.las", points=POINTS, seed=SEED)
    cloud = browser.site.upload(subject, "point_cloud", "pavilion", [scratch / "pavilion.las"])["id"]
    mesh = browser.site.upload(subject, "mesh", "roof", write_obj(scratch, cells=CELLS, seed=SEED))["id"]
    return visits(cloud, mesh)


def _run(browser: Browsing, site: Path, versions: dict[str, str]) -> dict[str, Any]:
    load = os.getloadavg()[0]
    found = browser.drive(SCRIPT, site=str(site), versions=versions, line=LINE)
    for name, one in found.items():
        print(f"{name}: {one['since_asked_ms']} ms, {one['shown_ms']} with libraries", file=sys.stderr)
    return {"load_before": round(load, 2), "pages": found}


def _result(runs: list[dict[str, Any]]) -> dict[str, Any]:
    every = [one for run in runs for one in run["pages"].values()]
    medians = {
        f"{name.replace('-', '_').replace(':', '_')}_s": round(
            statistics.median(run["pages"][name]["since_asked_ms"] for run in runs) / 1000, 2
        )
        for name in runs[0]["pages"]
    }
    return {
        "first_frame_s_worst": max(one["since_asked_ms"] for one in every) / 1000,
        **medians,
        "with_libraries_s_worst": max(one["shown_ms"] for one in every) / 1000,
        "drawn_share_least": round(min(one["share"] for one in every), 3),
        "failures": sum(len(one["trouble"][kind]) for one in every for kind in ("console", "requests")),
        "runs": len(runs),
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
