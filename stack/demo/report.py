"""What the demo made, told from API answers only; the simulator's truth gives one figure at the end."""

from __future__ import annotations

import itertools
import math
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from heritwin.api import Api
from stack.demo.story import Told
from stack.demo.survey import Survey

Json = dict[str, Any]
# DESIGN of the demo: what it promises of the pair with control points, and of the pair without help.
CONTROL_ERROR_M = 0.004


def rows(api: Api, survey: Survey, told: Told) -> list[Json]:
    """One row a version, in the order of the plan."""
    truth = survey.truth()
    return [_row(api, case.code, told.versions[case.code], truth[case.code]) for case in survey.cases]


def _row(api: Api, case: str, version_id: str, truth: Json) -> Json:
    version = api.get(f"/v1/versions/{version_id}")
    derivatives = list(api.items(f"/v1/versions/{version_id}/derivatives"))
    tiles: Json = next((d["result"] for d in derivatives if d["kind"] == "tileset"), {})
    lod: Json = next((d["result"] for d in derivatives if d["kind"] == "lod"), {})
    count = "points" if version["kind"] == "point_cloud" else "triangles"
    return {
        "subject": version["subject"]["path"],
        "asset": version["asset"]["name"],
        "number": version["number"],
        "kind": version["kind"],
        "format": version["format"],
        count: version[count],
        "levels": tiles.get("levels"),
        "lod_files": [level["name"] for level in lod.get("levels", [])],
        "tileset": api.get(f"/v1/versions/{version_id}/endpoint")["url"] if tiles else None,
        "bytes": version["bytes"],
        "derived_bytes": sum(d["bytes"] for d in derivatives),
        "textured": bool(version.get("textures") or []),
        "case": case,
        "placement": _placement(api, version, truth),
    }


def _placement(api: Api, version: Json, truth: Json) -> Json | None:
    short = version["placement"]
    if short is None:
        return None
    whole = api.get(f"/v1/placements/{short['id']}")
    wanted = truth["frame_from_scan"]
    corners = list(itertools.product(*zip(*version["bounds"], strict=True)))
    alternatives = [
        largest_displacement(other["site_from_scan"], wanted, corners) for other in whole["alternatives"]
    ]
    return {
        "state": short["state"],
        "method": short["method"],
        "rms_m": short["rms_m"],
        "true_error_m": largest_displacement(short["site_from_scan"], wanted, corners),
        "alternatives": len(alternatives),
        "nearest_alternative_true_error_m": min(alternatives, default=None),
    }


def largest_displacement(pose: list[list[float]], truth: list[list[float]], corners: list[Any]) -> float:
    """How far apart two poses (4, 4) carry any of the corners of a box; metres.

    A rigid difference moves no point inside a convex hull further than one of its corners.
    """

    def moved(matrix: list[list[float]], corner: tuple[float, ...]) -> list[float]:
        return [sum(row[k] * corner[k] for k in range(3)) + row[3] for row in matrix[:3]]

    return max(math.dist(moved(pose, corner), moved(truth, corner)) for corner in corners)


def summary(api: Api, made: list[Json], told: Told) -> Json:
    """The demo's last line: every promise in ``checks``, and whether all held."""
    placements = {row["case"]: row["placement"] or {} for row in made}
    formats = {(row["kind"], row["format"]) for row in made}
    controlled, bare = placements["west-wing-2025"], placements["east-wing-2025"]
    checks = {
        "jobs_succeeded": all(job["state"] == "succeeded" for job in told.jobs),
        "all_published": all(row["number"] is not None for row in made),
        "formats": formats
        >= {("point_cloud", "e57"), ("point_cloud", "laz"), ("mesh", "obj"), ("mesh", "glb")},
        "points": sum(row.get("points") or 0 for row in made) >= 2_000_000,
        "triangles": sum(row.get("triangles") or 0 for row in made) >= 500_000,
        "control_accepted": controlled.get("state") == "accepted",
        "control_true_error": controlled.get("true_error_m", math.inf) <= CONTROL_ERROR_M,
        "bare_pair_ambiguous": bare.get("state") == "ambiguous",
        "truth_among_alternatives": (bare.get("nearest_alternative_true_error_m") or math.inf) <= 0.05
        or bare.get("true_error_m", math.inf) <= 0.05,
    }
    return {
        "ok": all(checks.values()),
        "seconds": round(told.seconds, 1),
        "viewer": api.settings.server,
        "checks": checks,
        "versions": made,
    }


def print_table(made: list[Json], seconds: float) -> None:
    """The table a person reads."""
    title = f"What was made, in {seconds:.0f} s"
    table = Table(title=title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    for name in ("subject", "version", "from"):
        table.add_column(name, no_wrap=True)
    for name in ("points / triangles", "levels", "received → made"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("where it stands")
    table.add_column("true error", justify="right", no_wrap=True)
    for row in made:
        count = f"{row['points']:,} points" if "points" in row else f"{row['triangles']:,} triangles"
        levels = f"{row['levels'] or 0}" + (f" + {len(row['lod_files'])} LOD" if row["lod_files"] else "")
        table.add_row(
            row["subject"].partition(".")[2],
            f"{row['asset']} " + (f"v{row['number']}" if row["number"] else "draft"),
            row["format"] or "",
            count,
            levels,
            f"{row['bytes'] / 1e6:.1f} → {row['derived_bytes'] / 1e6:.1f} MB",
            _evidence(row["placement"]),
            _millimetres((row["placement"] or {}).get("true_error_m")),
        )
    # A pipe has no width of its own; a table folded to 80 columns can be read by nobody.
    console = Console()
    Console(width=max(console.width, 170)).print(table)


def _evidence(placement: Json | None) -> str:
    if placement is None:
        return "nowhere yet"
    colour = {"accepted": "green", "ambiguous": "yellow", "rejected": "red"}[placement["state"]]
    state = f"[{colour}]{placement['state']}[/]"
    if placement["method"] == "frame-origin":
        return f"{state}, its frame begins here"
    by = "control points" if placement["method"].startswith("control") else "surfaces"
    text = f"{state} by {by}, rms {_millimetres(placement['rms_m'])}"
    others = placement["alternatives"]
    return text + (f", {others} other pose{'s' if others > 1 else ''} tried" if others else "")


def _millimetres(value_m: float | None) -> str:
    if value_m is None:
        return ""
    return f"{value_m:,.1f} m" if value_m > 1 else f"{value_m * 1000:.1f} mm"
