"""Compiles the kernels ahead, so that a room starts with a full numba cache (NUMBA_CACHE_DIR)."""

from __future__ import annotations

from importlib import import_module

# Modules whose ``warm()`` runs every compiled function once on a few elements.
_WITH_KERNELS = (
    "processing.geometry.morton",
    "processing.geometry.arrays",
    "processing.geometry.frames",
    "processing.geometry.regions",
    "processing.geometry.sorting",
    "processing.formats.text_numbers",
    "processing.formats.pcd",
    "processing.points.packing",
    "processing.points.chunking",
    "processing.points.sorting",
    "processing.points.levels",
    "processing.points.streams",
    "processing.points.copc_rows",
    "processing.points.picture",
)


def warm_up() -> list[str]:
    """Run every kernel once; answer the modules warmed."""
    for name in _WITH_KERNELS:
        import_module(name).warm()
    meshes = import_module("processing.meshes.warm").warm_up()
    return [*_WITH_KERNELS, *([] if meshes is None else ["processing.meshes"])]
