"""The figures of issue 3 out of the samples of all sections; the worst of several inputs is the figure."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks.tiling.bench import PEER

Sections = Mapping[str, Mapping[str, Any]]


def figures(sections: Sections, smaller: Sections, points: int) -> dict[str, Any]:
    """Answer every figure that the sections allow; ``smaller`` are those of a cloud a tenth as large."""
    made: dict[str, Any] = {}
    las, laz = sections.get("las"), sections.get("laz")
    if las:
        made["cpu_over_bare_read_las"] = _over(las, "ours_las", "bare_las", "cpu_s")
    if laz:
        made["cpu_over_bare_decode_laz"] = _over(laz, "ours_laz", "bare_laz", "cpu_s")
        made["wall_ratio_vs_laz_decode"] = _over(laz, "ours_laz", "bare_laz", "wall_s")
        made["laz_decode_wall_s"] = _median(laz, "bare_laz", "wall_s")
    made |= _size(sections) | _peers(sections) | _shuffled(sections) | _checked(sections)
    if "evenness" in sections:
        measured = sections["evenness"]["levels"]
        made["evenness_min"] = min(level["evenness"] for level in measured)
        made["evenness_by_level"] = {str(level["level"]): level["evenness"] for level in measured}
    made |= _growth(sections, smaller, points)
    digests = {section["processing"] for section in sections.values()}
    return made | {"of_one_code": len(digests) == 1}


def _size(sections: Sections) -> dict[str, Any]:
    plain = [sections[name] for name in ("las", "laz") if name in sections]
    ours = [
        run["peak_mib"]
        for section in sections.values()
        for name, runs in section["samples"].items()
        for run in runs
        if name.startswith("ours_")
    ]
    made: dict[str, Any] = {"peak_mib": max(ours)} if ours else {}
    if plain:
        made["points"] = plain[0]["tiler"]["points"]
        made["tiles"] = plain[0]["tiler"]["tiles"]
        made["bytes_per_point"] = round(
            max(one["bytes_of_tileset"] / one["tiler"]["points"] for one in plain), 3
        )
        made["million_points_per_cpu_s"] = {
            form: round(made["points"] / _median(sections[form], f"ours_{form}", "cpu_s") / 1e6, 3)
            for form in ("las", "laz")
            if form in sections
        }
    return made


def _peers(sections: Sections) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if PEER in sections:
        section = sections[PEER]
        best = f"{PEER}: {section['best']}"
        made["cpu_ratio_vs_py3dtiles"] = _over(section, best, "ours_las", "cpu_s")
        made["wall_ratio_vs_py3dtiles"] = _over(section, best, "ours_las", "wall_s")
        made["py3dtiles"] = {"version": section["version"], "best": section["best"]}
    if "potree" in sections:
        section = sections["potree"]
        for form in ("las", "laz"):
            made[f"cpu_ratio_vs_potree_{form}"] = _over(section, f"potree_{form}", f"ours_{form}", "cpu_s")
            made[f"wall_ratio_vs_potree_{form}"] = _over(section, f"potree_{form}", f"ours_{form}", "wall_s")
            made[f"potree_cpu_over_bare_{form}"] = _over(section, f"potree_{form}", f"bare_{form}", "cpu_s")
        made["cpu_ratio_vs_potree"] = min(made["cpu_ratio_vs_potree_las"], made["cpu_ratio_vs_potree_laz"])
    return made


def _shuffled(sections: Sections) -> dict[str, Any]:
    if "shuffled" not in sections:
        return {}
    section = sections["shuffled"]
    return {
        "shuffled_over_scan_order": _over(section, "ours_shuffled.las", "ours_las", "cpu_s"),
        "shuffled_over_scan_order_wall": _over(section, "ours_shuffled.las", "ours_las", "wall_s"),
        "shuffled_same_bytes": section["same_bytes_as_in_scan_order"],
    }


def _checked(sections: Sections) -> dict[str, Any]:
    if "check" not in sections:
        return {}
    answers = sections["check"]["forms"]
    every = list(answers.values())
    return {
        "decoder": every[0]["decoder"],
        "points_missing": max(one["points_missing"] for one in every),
        "hashes_equal": all(one["hash_of_input"] == one["hash_of_tiles"] for one in every),
        "rules_broken": sorted({rule for one in every for rule in one["broken"]}),
        "finest_step_m": max(one["finest_step_m"] for one in every),
        "intensity_exact": all(one["intensity_exact"] for one in every),
        "rgb_max_error": max(one["rgb_max_error"] for one in every),
        "max_position_error_m": max(one["max_position_error_m"] for one in every),
        "stated_max_position_error_m": max(one["stated_max_position_error_m"] for one in every),
        "pairs_measured": min(one["pairs_measured"] for one in every),
    }


def _growth(sections: Sections, smaller: Sections, points: int) -> dict[str, Any]:
    """Cost a point over that of the smaller cloud: of CPU time, the worst of LAS and LAZ."""
    forms = [form for form in ("las", "laz") if form in sections and form in smaller]
    if not forms:
        return {}

    def cost(held: Sections, form: str, figure: str) -> float:
        return _median(held[form], f"ours_{form}", figure) / float(held[form]["tiler"]["points"])

    grown = {form: cost(sections, form, "cpu_s") / cost(smaller, form, "cpu_s") for form in forms}
    wall = {form: cost(sections, form, "wall_s") / cost(smaller, form, "wall_s") for form in forms}
    span = f"{points // 10_000_000}m_to_{points // 1_000_000}m"
    return {
        f"cost_growth_{span}": round(max(grown.values()), 3),
        "cost_growth_by_form": {form: round(value, 3) for form, value in grown.items()},
        f"wall_growth_{span}": round(max(wall.values()), 3),
    }


def _median(section: Mapping[str, Any], name: str, figure: str) -> float:
    return float(statistics.median(run[figure] for run in section["samples"][name]))


def _over(section: Mapping[str, Any], over: str, under: str, figure: str) -> float:
    return round(_median(section, over, figure) / _median(section, under, figure), 3)
