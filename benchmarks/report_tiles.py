"""The part of the benchmarks page that is about tiling clouds."""

from __future__ import annotations

import statistics
from typing import Any

TITLE = """## Tiling clouds

`python -m benchmarks.cloud_tiles --points 20000000 --record`. The clouds are simulated (`python -m
benchmarks.cloud_inputs`): eight overlapping stations in scan-line order, 2 mm of range noise, nothing
sorted in space; the same file for every program. Whole processes are measured, start-up included, in turn
with what they are compared with: CPU seconds of the process and of all it started, memory as the PSS of the
tree, sampled 20 times a second. Ratios are of medians; where a figure holds for several inputs, the worst
is shown.
"""
# Figure, what is asked of it, and what it is.
TARGETS = (
    ("cpu_ratio_vs_py3dtiles", "≥ 8", "CPU of py3dtiles (best of its settings) over ours, from LAS"),
    ("wall_ratio_vs_py3dtiles", "", "wall time of py3dtiles over ours, from LAS"),
    ("cpu_ratio_vs_potree", "", "CPU of PotreeConverter 2 over ours, the worse of LAS and LAZ"),
    ("cpu_over_bare_read_las", "≤ 8.7", "our CPU over only reading the LAS file (laspy)"),
    ("potree_cpu_over_bare_las", "", "the same of PotreeConverter 2"),
    (
        "cpu_over_bare_decode_laz",
        "≤ 1.9",
        "our CPU over only decoding the LAZ file (lazrs, parallel, 1 M chunks)",
    ),
    ("potree_cpu_over_bare_laz", "", "the same of PotreeConverter 2"),
    ("wall_ratio_vs_laz_decode", "≤ 2.0", "our wall time over only decoding the LAZ file"),
    ("laz_decode_wall_s", "", "wall time of that decoding, seconds"),
    ("bytes_per_point", "≤ 10", "bytes of the tileset a point, everything counted"),
    ("finest_step_m", "≤ 0.001", "finest step of positions, metres"),
    ("intensity_exact", "yes", "16-bit intensity the same for every point"),
    ("rgb_max_error", "≤ 1", "largest error of a colour after the sRGB round trip, of 255"),
    (
        "max_position_error_m",
        "stated",
        "largest displacement measured between input and decoded tile, metres",
    ),
    ("peak_mib", "≤ 600", "peak memory (PSS) of all our runs, MiB"),
    ("cost_growth_20m_to_200m", "≤ 1.2", "CPU a point at 200 M over that at 20 M, the worse of LAS and LAZ"),
    ("shuffled_over_scan_order", "≤ 1.3", "CPU for the shuffled cloud over the same in scan order"),
    ("points_missing", "0", "points lost, added, moved beyond their step or with other values"),
    ("hashes_equal", "yes", "64-bit hash of all quantised points equal to the input's"),
    ("evenness_min", "≥ 0.5", "median distance to the nearest neighbour over the spacing, worst level"),
)
CHECK = """### How it is known that nothing is missing

`python -m benchmarks.tiles_check TILES CLOUD` decodes every GLB with {decoder} in Node, none of the tiler's
code, and reads the cloud with laspy. Both sides are cut to the coarsest grid that the tileset states (cells
by flooring, so finer tiles nest in it), and count, sums, minima, maxima and a 64-bit hash of (cell, colour,
intensity, class) must agree. The hash is the sum modulo 2^64 of a 64-bit mix of every point, which is the
same for every order: nothing has to be sorted to compare hundreds of millions of points. Then points are
paired by cell, intensity and class, and the distance of each pair is measured; a pair further apart on an
axis than half the step of its own tile counts as missing. Boxes, errors and contents are read from the
written files. The tests in `tests/benchmarks` drop one point, move one by a step, swap two intensities, and
see the check fail.
"""


def tiling(results: list[dict[str, Any]]) -> str:
    """Write the section: one column a size."""
    measured = [result for result in results if "las" in result["sections"]]
    figures = [result["figures"] for result in measured]
    heads = " | ".join(
        f"{one.get('points', result['points_asked']):,} points"
        for one, result in zip(figures, measured, strict=True)
    )
    lines = [TITLE, f"| figure | target | {heads} |", "|---|---|" + "---|" * len(measured)]
    for key, target, label in TARGETS:
        lines.append(f"| {label} | {target} | " + " | ".join(_number(one.get(key)) for one in figures) + " |")
    lines += ["", *_times(results), *_making(results)]
    decoders = {one["decoder"] for one in figures if "decoder" in one}
    lines += [CHECK.format(decoder=" and ".join(sorted(decoders)) or "npm's meshoptimizer")]
    lines += _evenness(results) + _real(results) + _peers(figures) + _surroundings(results)
    return "\n".join(lines)


def _row(*cells: Any) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _number(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.3g}" if abs(value) < 0.1 else f"{value:,.2f}"


def _times(results: list[dict[str, Any]]) -> list[str]:
    """All runs: medians and how far they spread."""
    lines = ["| points | section | run | times | CPU s (least to most) | wall s | peak MiB | load before |"]
    lines.append("|---|---|---|---|---|---|---|---|")
    for result in results:
        for name, section in result["sections"].items():
            if name == "real":
                continue
            for run, samples in section["samples"].items():
                cpu = [sample["cpu_s"] for sample in samples]
                wall = statistics.median(sample["wall_s"] for sample in samples)
                loads = [sample["load_before"] for sample in samples]
                lines.append(
                    f"| {result['points_asked']:,} | {name} | {run} | {len(samples)} | "
                    f"{statistics.median(cpu):.1f} ({min(cpu):.1f} to {max(cpu):.1f}) | {wall:.1f} | "
                    f"{max(sample['peak_mib'] for sample in samples):.0f} | {min(loads)} to {max(loads)} |"
                )
    return [*lines, ""]


def _making(results: list[dict[str, Any]]) -> list[str]:
    """Making the inputs: memory does not grow with the points."""
    lines = [
        "### Making the clouds",
        "",
        "| points | forms | bytes | CPU µs a point | peak MiB |",
        "|---|---|---|---|---|",
    ]
    for result in results:
        told: set[tuple[str, ...]] = set()
        forms = result["sections"].get("inputs", {}).get("forms", {})
        for one in forms.values():
            cost = one["making"]
            if cost is None or tuple(cost["forms"]) in told:
                continue
            told.add(tuple(cost["forms"]))
            size = sum(forms[form]["bytes"] for form in cost["forms"] if form in forms)
            lines.append(
                f"| {result['points_asked']:,} | {', '.join(cost['forms'])} | {size:,} | "
                f"{cost['cpu_us_per_point']:.2f} | {cost['peak_mib']:.0f} |"
            )
    return [*lines, ""] if len(lines) > 4 else []


def _evenness(results: list[dict[str, Any]]) -> list[str]:
    held = [result for result in results if "evenness" in result["sections"]]
    lines = ["### How even the levels look", ""]
    for result in held:
        section = result["sections"]["evenness"]
        lines += [
            f"{result['points_asked']:,} points: what is drawn when a level and all above it are.",
            "",
            "| level | spacing, m | points drawn | median distance to the nearest, m | over the spacing |",
            "|---|---|---|---|---|",
        ]
        lines += [
            _row(
                one["level"],
                f"{one['spacing_m']:.4f}",
                f"{one['points_drawn']:,}",
                f"{one['median_m']:.4f}",
                f"{one['evenness']:.2f}",
            )
            for one in section["levels"]
        ]
        lines.append("")
        if "picture" in section:
            picture = section["picture"]
            lines += [
                f"![Level {picture['level']} of a simulated hall](pictures/cloud-level.webp)",
                "",
                f"Level {picture['level']} of {result['points_asked']:,} points as drawn: "
                f"{picture['points']:,} points, {picture['spacing_m']:.2f} m apart, seen by parallel rays.",
                "",
            ]
    return lines if held else []


def _real(results: list[dict[str, Any]]) -> list[str]:
    held = [result for result in results if "real" in result["sections"]]
    if not held:
        return []
    lines = ["### Real clouds", "", "Small files: what a start costs, and that nothing is lost or moved.", ""]
    lines += [
        "| file | points | CPU s | peak MiB | bytes a point | stated error, m | held against the file |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in held[0]["sections"]["real"]["files"].items():
        if "refused" in one:
            lines.append(f"| {name} | refused: {one['refused']} | | | | | |")
            continue
        against = one.get("held_against_file")
        told = (
            "–"
            if against is None
            else f"{against['points_missing']} missing, farthest {against['farthest_m']:.4f} m"
        )
        lines.append(
            _row(
                name,
                f"{one['points']:,}",
                f"{one['cpu_s']:.1f}",
                f"{one['peak_mib']:.0f}",
                f"{one['bytes_per_point']:.1f}",
                f"{one['max_position_error_m']:.3g}",
                told,
            )
        )
    return [*lines, ""]


def _peers(figures: list[dict[str, Any]]) -> list[str]:
    lines = ["### Peers", ""]
    lines += [
        f"- py3dtiles {one['py3dtiles']['version']} in an environment of its own, locked by hashes: of its "
        f"settings (form of tiles, jobs, process pool) the cheapest was `{one['py3dtiles']['best']}`; it "
        "keeps intensity and class as ours do."
        for one in figures
        if "py3dtiles" in one
    ]
    built = any("cpu_ratio_vs_potree" in one for one in figures)
    lines.append(
        "- PotreeConverter 2 with its defaults; how it is built stands in `benchmarks/peers/README.md`."
        if built
        else "- PotreeConverter 2 was not measured beside it."
    )
    return [*lines, ""]


def _surroundings(results: list[dict[str, Any]]) -> list[str]:
    lines = ["### Measured on", ""]
    for result in results:
        for name, section in result["sections"].items():
            around = section["surroundings"]
            versions = ", ".join(
                f"{package} {version}" for package, version in sorted(around["versions"].items())
            )
            lines.append(
                f"- {result['points_asked']:,} points, {name}: {around['cpu']}, {around['cores']} cores, "
                f"{around['memory_gib']} GiB, Python {around['python']}, {versions}; commit "
                f"{around['commit']}, code {section['processing']}, {around['at']}, "
                f"load at start {around['load_at_start'][0]}, niceness {around.get('niceness', 0)}."
            )
    return [*lines, ""]
