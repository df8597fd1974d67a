"""Compiles the kernels ahead, so that a room starts with a full numba cache (NUMBA_CACHE_DIR)."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from itertools import chain
from multiprocessing import get_context

# Modules whose ``warm()`` runs every compiled function once on a few elements: what others stand on first,
# then in two processes what stands beside each other.
_SHARED = (
    "processing.geometry.morton",
    "processing.geometry.arrays",
    "processing.geometry.frames",
    "processing.geometry.regions",
    "processing.geometry.sorting",
)
_BESIDE = (
    (
        "processing.points.packing",
        "processing.points.chunking",
        "processing.points.sorting",
        "processing.points.levels",
        "processing.points.streams",
        "processing.points.copc_rows",
        "processing.points.picture",
    ),
    ("processing.formats.text_numbers", "processing.formats.pcd", "processing.meshes.warm"),
)


def warm_up() -> list[str]:
    """Run every kernel once; answer the modules warmed."""
    warm(_SHARED)
    with ProcessPoolExecutor(len(_BESIDE), mp_context=get_context("spawn")) as pool:
        list(pool.map(warm, _BESIDE))
    return [*_SHARED, *chain(*_BESIDE)]


def warm(names: tuple[str, ...]) -> None:
    """Run the kernels of some modules."""
    for name in names:
        import_module(name).warm()
