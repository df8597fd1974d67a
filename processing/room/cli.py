"""The command line of the room: ``python -m processing VERB …``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from processing.progress import Progress
from processing.room.inputs import Input, Inputs, from_paths
from processing.room.run import EXIT_KNOWN, EXIT_OK, SCHEMA, known, measured_step, run_request


def main(argv: list[str] | None = None) -> int:
    """Run one verb; the last line of stdout is one JSON object."""
    arguments = parser().parse_args(_with_negative_box(sys.argv[1:] if argv is None else argv))
    stdout = keep_stdout()
    if arguments.verb == "run":
        code, envelope = run_request(arguments.request.resolve())
    elif arguments.verb == "warm":
        code, envelope = _warm()
    else:
        code, envelope = _one_verb(arguments)
    stdout.write(json.dumps(envelope, ensure_ascii=False, allow_nan=False) + "\n")
    stdout.flush()
    return code


def _with_negative_box(argv: list[str]) -> list[str]:
    """Join ``--box`` and its numbers: argparse takes those that begin with a minus for an option."""
    at = argv.index("--box") if "--box" in argv[:-1] else len(argv)
    return [*argv[:at], *(["=".join(argv[at : at + 2])] if at < len(argv) else []), *argv[at + 2 :]]


def keep_stdout() -> TextIO:
    """Keep the real stdout aside and point descriptor 1 at stderr: libraries print there."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(kept, "w", encoding="utf-8")


def _one_verb(arguments: argparse.Namespace) -> tuple[int, dict[str, Any]]:
    progress = Progress()
    try:
        inputs, options, out = _prepared(arguments)
        step = measured_step(arguments.verb, inputs, options, out, progress)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  # the edge of this process
        progress.close()
        return EXIT_KNOWN, {"schema": SCHEMA, "ok": False, "error": known(error).as_json()}
    head = {"schema": SCHEMA, "ok": True, "verb": step["verb"]}
    # A plain tileset is thousands of files; its tileset.json lists them.
    files = [file for file in step["files"] if file["role"] != "tile"]
    tail = {"files": files, "seconds": step["seconds"], "peak_mib": step["peak_mib"]}
    return EXIT_OK, head | step["result"] | tail


def _warm() -> tuple[int, dict[str, Any]]:
    from processing.room.warm import warm_up

    return EXIT_OK, {"schema": SCHEMA, "ok": True, "verb": "warm", "compiled": warm_up()}


def _prepared(arguments: argparse.Namespace) -> tuple[Inputs, dict[str, Any], Path]:
    """Turn parsed arguments into inputs, the verb's own arguments, and the folder it writes in."""
    options = {k: v for k, v in vars(arguments).items() if k not in _PLACES and v is not None}
    items: list[Input] = []
    for place, group in (("files", None), ("moving", "moving"), ("fixed", "fixed")):
        paths = getattr(arguments, place, None)
        if paths:
            listed = paths if isinstance(paths, list) else [paths]
            items += from_paths(listed, group, first=len(items))
    out = getattr(arguments, "folder", None)
    target = getattr(arguments, "target", None)
    if target is not None:
        out, options["file"] = target.parent, target.name
    return Inputs(tuple(items)), options, Path(out) if out is not None else Path()


_PLACES = {"verb", "files", "moving", "fixed", "folder", "target"}


def parser() -> argparse.ArgumentParser:
    """Describe every verb and its options."""
    top = argparse.ArgumentParser(
        prog="python -m processing", description="Geometry: files in, files out; one JSON object on stdout."
    )
    verbs = top.add_subparsers(dest="verb", required=True, metavar="VERB")
    inspect = verbs.add_parser("inspect", help="say what a scan is: kind, counts, bounds, CRS, warnings")
    inspect.add_argument("files", nargs="+", type=Path, metavar="FILE")
    tile = verbs.add_parser("tile", help="make a 3D Tiles 1.1 tileset")
    preview = verbs.add_parser("preview", help="make a small tileset from a few per cent of the data")
    for one in (tile, preview):
        one.add_argument("files", nargs="+", type=Path, metavar="IN")
        one.add_argument("folder", type=Path, metavar="OUTDIR")
        one.add_argument("--packed", action="store_true", help="index.json and packs instead of a folder")
    tile.add_argument("--memory-mib", type=int, help="working memory of the point tiler")
    for one in (inspect, tile, preview):
        one.add_argument("--crs", help="the capture's CRS, where the files name none: EPSG:32648, or WKT")
        one.add_argument("--up-axis", choices=["y", "z"], help="which axis of a mesh points up")
        one.add_argument("--unit-m", type=float, help="metres of one unit of a mesh, e.g. 0.001")
    _shared_verbs(verbs)
    copc = verbs.add_parser("copc", help="write a cloud as COPC: every attribute, the file's own coordinates")
    copc.add_argument("files", nargs="+", type=Path, metavar="IN")
    copc.add_argument("target", type=Path, metavar="OUT.copc.laz")
    copc.add_argument("--memory-mib", type=int, help="working memory of the sorting")
    cut = verbs.add_parser(
        "cut", help="cut a box or a prism out of a COPC file, reading only what it touches"
    )
    cut.add_argument("files", type=Path, metavar="IN.copc.laz")
    cut.add_argument("target", type=Path, nargs="?", metavar="OUT.laz", help="not needed with --count")
    region = cut.add_mutually_exclusive_group(required=True)
    region.add_argument("--box", type=_numbers, metavar="X0,Y0,Z0,X1,Y1,Z1")
    region.add_argument(
        "--prism", type=_json_file, metavar="JSON", help='{"polygon": [[x, y], …], "bottom": z, "top": z}'
    )
    cut.add_argument(
        "--coordinates", choices=["frame", "crs"], help="metres of the version's own frame (default), or CRS"
    )
    cut.add_argument("--spacing", type=float, dest="spacing_m", help="finest distance needed, metres")
    cut.add_argument("--count", action="store_true", help="only say how many points, from the hierarchy")
    _recipe_verbs(verbs)
    picture = verbs.add_parser("picture", help="draw one picture")
    picture.add_argument("files", nargs="+", type=Path, metavar="IN")
    picture.add_argument("target", type=Path, metavar="OUT.webp")
    _mesh_verbs(verbs)
    _other_verbs(verbs)
    return top


def _recipe_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    measure = verbs.add_parser("measure", help="density, spacing, normals and roughness of a COPC file")
    measure.add_argument("files", type=Path, metavar="IN.copc.laz")
    measure.add_argument("--cell", type=float, dest="cell_m", help="side of the density's cells, metres (1)")
    measure.add_argument("--sample", type=int, help="points whose surroundings are looked at (1000000)")
    clean = verbs.add_parser("clean", help="take outliers away, thin by voxels, add normals")
    clean.add_argument("files", type=Path, metavar="IN.copc.laz")
    clean.add_argument("target", type=Path, metavar="OUT.laz")
    clean.add_argument("--ratio", type=float, help="standard deviations above the mean distance, often 2")
    clean.add_argument(
        "--most-spacing", type=float, dest="most_spacing_m", help="largest mean distance, metres"
    )
    clean.add_argument(
        "--voxel", type=float, dest="voxel_m", help="keep one point a voxel of this side, metres"
    )
    clean.add_argument("--normals", action="store_true", help="as extra bytes, with the roughness")
    for one in (measure, clean):
        one.add_argument("--neighbours", type=int, help="nearest points that are looked at (16)")


def _shared_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    spread = verbs.add_parser("spread", help="read a large cloud once, for several workers to tile")
    spread.add_argument("files", nargs="+", type=Path, metavar="IN")
    spread.add_argument("folder", type=Path, metavar="WORKDIR")
    spread.add_argument("--group-points", type=int, help="points that one worker tiles at most")
    group = verbs.add_parser("tile-group", help="tile one group of a spread cloud")
    group.add_argument("files", nargs=1, type=Path, metavar="WORKDIR")
    group.add_argument("folder", type=Path, metavar="WORKDIR/parts/NNNN")
    group.add_argument("--group", type=int, required=True, help="number of the group, from 0")
    join = verbs.add_parser("join-tiles", help="make one packed tileset of all parts")
    join.add_argument("files", nargs=1, type=Path, metavar="WORKDIR")
    join.add_argument("folder", type=Path, metavar="OUTDIR")


def _mesh_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    decimate = verbs.add_parser("decimate", help="make a mesh lighter and measure what was lost")
    decimate.add_argument("files", nargs="+", type=Path, metavar="IN")
    decimate.add_argument("target", type=Path, metavar="OUT.glb")
    goal = decimate.add_mutually_exclusive_group(required=True)
    goal.add_argument("--ratio", type=float, help="part of the triangles to keep, 0..1")
    goal.add_argument("--triangles", type=int, help="triangles to keep")
    goal.add_argument("--max-error-m", type=float, help="largest deviation allowed, metres")
    lod = verbs.add_parser("lod", help="make the set of GLB levels")
    lod.add_argument("files", nargs="+", type=Path, metavar="IN")
    lod.add_argument("folder", type=Path, metavar="OUTDIR")
    for one in (decimate, lod):
        text = "simplifier: meshoptimizer's or our own; recorded with what it made"
        one.add_argument("--kernel", choices=["wasm", "numba"], help=text)


def _other_verbs(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    register = verbs.add_parser("register", help="find where one scan stands on another")
    register.add_argument("moving", type=Path, metavar="MOVING")
    register.add_argument("fixed", type=Path, nargs="?", metavar="FIXED")
    register.add_argument("--control", type=_control_csv, metavar="CSV", help="name,mx,my,mz,fx,fy,fz rows")
    register.add_argument("--prior", type=_json_file, metavar="JSON", help="4x4 fixed_from_moving")
    simulate = verbs.add_parser("simulate", help="make a simulated survey")
    simulate.add_argument("folder", type=Path, metavar="OUTDIR")
    simulate.add_argument("--seed", type=int, required=True)
    simulate.add_argument("--points", type=int, default=1_000_000, help="over all clouds")
    simulate.add_argument("--triangles", type=int, help="over all meshes")
    simulate.add_argument("--case", help="which survey to make")
    run = verbs.add_parser("run", help="run the steps of a REQUEST.json")
    run.add_argument("request", type=Path, metavar="REQUEST.json")
    verbs.add_parser("warm", help="compile the kernels into the numba cache")


def _numbers(text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a list of numbers") from error


def _json_file(text: str) -> Any:
    try:
        return json.loads(Path(text).read_bytes())
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text} is not JSON: {error}") from error


def _control_csv(text: str) -> list[dict[str, Any]]:
    """Read rows of a name and twice three coordinates: the mark in MOVING, then in FIXED, metres."""
    marks = []
    try:
        for row in Path(text).read_text(encoding="utf-8-sig").splitlines():
            cells = [cell.strip() for cell in row.replace(";", ",").split(",")]
            if len(cells) == 7 and not _is_heading(cells):
                numbers = [float(cell) for cell in cells[1:]]
                marks.append({"name": cells[0], "moving": numbers[:3], "fixed": numbers[3:]})
    except (OSError, ValueError) as error:
        raise argparse.ArgumentTypeError(f"{text} is not a list of control points: {error}") from error
    if not marks:
        raise argparse.ArgumentTypeError(f"{text} holds no row of name,mx,my,mz,fx,fy,fz")
    return marks


def _is_heading(cells: list[str]) -> bool:
    try:
        float(cells[1])
    except ValueError:
        return True
    return False
