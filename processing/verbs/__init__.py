"""The verbs of the room, by name; a verb's module is imported only when it is used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.progress import Progress
from processing.room.inputs import Inputs

Run = Callable[[Inputs, dict[str, Any], Path, Progress], dict[str, Any]]

MODULES = {
    "early": "processing.verbs.early",
    "bundle": "processing.verbs.bundle",
    "inspect": "processing.verbs.inspect",
    "picture": "processing.verbs.picture",
    "likeness": "processing.verbs.likeness",
    "preview": "processing.verbs.preview",
    "tile": "processing.verbs.tile",
    "spread": "processing.verbs.spread",
    "tile-group": "processing.verbs.tile_group",
    "join-tiles": "processing.verbs.join_tiles",
    "copc": "processing.verbs.copc",
    "cut": "processing.verbs.cut",
    "measure": "processing.verbs.measure",
    "clean": "processing.verbs.clean",
    "decimate": "processing.verbs.decimate",
    "lod": "processing.verbs.lod",
    "register": "processing.verbs.register",
    "simulate": "processing.verbs.simulate",
}


def verb(name: str) -> Run:
    """Look a verb up: a function of inputs, arguments, output folder and progress to a result.

    The result may hold ``files``: a list of ``{"path" (inside the output folder), "role", "media_type"}``.
    """
    if name not in MODULES:
        raise KnownError("invalid-arguments", f"{name!r} is not a verb", f"one of: {', '.join(MODULES)}")
    run: Run = import_module(MODULES[name]).run
    return run
