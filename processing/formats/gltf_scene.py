"""The scene of a glTF: which meshes stand where, by the nodes from its roots down."""

from __future__ import annotations

from typing import Any

import numpy as np

from processing.errors import KnownError
from processing.formats.gltf_document import MAX_NODES, Document, invalid, is_whole
from processing.meshes.mesh import F64

# glTF is right-handed with Y up; ours has Z up: a turn by +90 degrees about x.
Z_UP_FROM_Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])


def list_in(document: Document, entry: dict[str, Any], name: str) -> list[Any]:
    """Answer a list inside an entry, empty where there is none."""
    found = entry.get(name, [])
    if not isinstance(found, list):
        raise invalid(document.item, f"{name!r} is not a list")
    return found


def placed_meshes(document: Document) -> list[tuple[int, F64]]:
    """Walk the nodes from the scene's roots; answers meshes with global matrices. A node has one parent."""
    nodes = document.entries("nodes")
    if len(nodes) > MAX_NODES:
        raise KnownError(
            "too-large", f"{document.item.path}: {len(nodes):,} nodes", "merge the model's parts"
        )
    scenes = document.entries("scenes")
    if scenes:
        roots = list_in(document, document.entry("scenes", document.json.get("scene", 0)), "nodes")
    else:
        children = [child for node in nodes for child in list_in(document, node, "children")]
        below = {child for child in children if is_whole(child)}
        roots = [number for number in range(len(nodes)) if number not in below]
        if nodes and not roots:
            raise invalid(document.item, "the nodes form a cycle")
    found: list[tuple[int, F64]] = []
    seen: set[int] = set()
    waiting = [(number, np.eye(4)) for number in reversed(roots)]
    while waiting:
        number, above = waiting.pop()
        node = document.entry("nodes", number)
        if number in seen:
            raise invalid(document.item, f"node {number} is reached twice: a cycle, or two parents")
        seen.add(number)
        matrix = above @ _matrix(document, node)
        if "mesh" in node:
            found.append((node["mesh"], matrix))
        waiting.extend((child, matrix) for child in reversed(list_in(document, node, "children")))
    if not nodes:  # a library of meshes without a scene
        return [(number, np.eye(4)) for number in range(len(document.entries("meshes")))]
    return found


def _matrix(document: Document, node: dict[str, Any]) -> F64:
    try:
        if "matrix" in node:
            return np.asarray(node["matrix"], np.float64).reshape(4, 4).T
        move = np.asarray(node.get("translation", [0, 0, 0]), np.float64).reshape(3)
        x, y, z, w = np.asarray(node.get("rotation", [0, 0, 0, 1]), np.float64).reshape(4)
        scale = np.asarray(node.get("scale", [1, 1, 1]), np.float64).reshape(3)
    except (TypeError, ValueError, OverflowError) as error:
        raise invalid(document.item, f"a node's transform is no numbers: {error}") from error
    matrix = np.eye(4)
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix[:3, :3] *= scale
    matrix[:3, 3] = move
    return matrix


def placed(positions: F64, matrix: F64) -> F64:
    """Carry positions (n, 3) by a global matrix (4, 4); what is no length afterwards is not finite."""
    with np.errstate(invalid="ignore", over="ignore"):
        found: F64 = positions @ matrix[:3, :3].T + matrix[:3, 3]
    return found


def is_mirrored(matrix: F64) -> bool:
    """Say whether a matrix turns faces inside out."""
    with np.errstate(invalid="ignore", over="ignore"):
        return float(np.linalg.det(matrix[:3, :3])) < 0
