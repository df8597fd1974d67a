"""Make a mesh lighter, and measure what was lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.formats.detect import detect
from processing.meshes.decimation import Goal, decimated
from processing.meshes.kernel import choose
from processing.meshes.loading import Loaded, load
from processing.meshes.pictures import Pyramid, encoded
from processing.meshes.whole import repeats, whole_glb
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.verbs.lod import a_mesh


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Write one GLB with ``ratio`` of the triangles, ``triangles`` of them, or within ``max_error_m``.

    The file has no extensions, so that any program opens it; ``compressed`` makes it a streaming one.
    """
    kernel = choose(arguments.get("kernel"))
    goal = _goal(arguments)
    loaded = load(inputs, a_mesh(detect(inputs)), arguments, progress)
    if loaded.is_copy:
        goal = _of_copy(goal, loaded)
    weight = arguments.get("colour_weight")
    made = decimated(
        loaded.mesh, goal, colour_weight=None if weight is None else float(weight), progress=progress
    )
    name = str(arguments.get("file", "decimated.glb"))
    compressed = bool(arguments.get("compressed", False))
    textures = [
        encoded(Pyramid(image).level(0), webp=compressed, repeats=repeats(made.mesh, look))
        for look, image in enumerate(made.mesh.images)
    ]
    (out / name).write_bytes(whole_glb(made.mesh, textures.__getitem__, compressed=compressed))
    return {
        "triangles_in": loaded.triangles_left,
        "triangles_out": len(made.mesh.triangles),
        **replace(made.deviation, hausdorff_m=made.deviation.hausdorff_m + loaded.copy_error_m).as_json(),
        "copy_error_m": loaded.copy_error_m,
        "open_edges_in": loaded.report.topology.open_edges,
        "open_edges_out": made.open_edges,
        "origin": [float(value) for value in loaded.mesh.origin],
        "kernel": kernel,
        "files": [{"path": name, "role": "lod", "media_type": "model/gltf-binary"}],
    }


def _of_copy(goal: Goal, loaded: Loaded) -> Goal:
    """Turn a goal for a mesh too large for memory into one for the lighter copy of it."""
    most = len(loaded.mesh.triangles)
    if goal.max_error_m is not None:
        if goal.max_error_m > loaded.copy_error_m:
            return Goal(max_error_m=goal.max_error_m - loaded.copy_error_m)
        text = f"the copy that memory takes stands {loaded.copy_error_m:.2g} m from the mesh already"
        raise KnownError("too-large", text, "allow a larger error, or stream its tiles")
    wanted = goal.triangles or round(loaded.triangles_left * (goal.ratio or 1.0))
    if wanted > most:
        text = f"{wanted:,} triangles were asked of a mesh larger than memory; one file holds {most:,} of it"
        raise KnownError("too-large", text, "ask for fewer, or stream its tiles")
    return Goal(triangles=wanted)


def _goal(arguments: dict[str, Any]) -> Goal:
    names = ("ratio", "triangles", "max_error_m")
    given = {name: arguments[name] for name in names if arguments.get(name) is not None}
    if len(given) != 1:
        text = (
            f"decimate takes exactly one of ratio, triangles and max_error_m, got {sorted(given) or 'none'}"
        )
        raise KnownError("invalid-arguments", text, None)
    ((name, value),) = given.items()
    sane = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
    if not sane or (name == "ratio" and value > 1) or (name == "triangles" and not isinstance(value, int)):
        raise KnownError(
            "invalid-arguments", f"{name} is {value!r}", "ratio is within 0..1, the others above 0"
        )
    return Goal(**given)
