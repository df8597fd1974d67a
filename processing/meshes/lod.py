"""The set of levels: one GLB each at 50, 25, 10 and 1 per cent, and what each one lost."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from processing.meshes.deviation import Deviation, deviation, surface
from processing.meshes.mesh import Mesh
from processing.meshes.parts import Texture
from processing.meshes.pictures import Pyramid, encoded
from processing.meshes.simplification import simplified
from processing.meshes.whole import repeats, whole_glb
from processing.progress import Progress

GLB = "model/gltf-binary"


@dataclass(frozen=True, kw_only=True)
class Level:
    """Part of the triangles to keep, and how often the images are halved for it."""

    name: str
    ratio: float
    halvings: int


LEVELS = (
    Level(name="lod-50", ratio=0.5, halvings=0),
    Level(name="lod-25", ratio=0.25, halvings=1),
    Level(name="lod-10", ratio=0.10, halvings=1),
    Level(name="lod-1", ratio=0.01, halvings=3),
)
PLAIN = LEVELS[2]
# The coarsest level of a small mesh still is a body.
MIN_TRIANGLES = 12


def write_levels(
    mesh: Mesh,
    out: Path,
    progress: Progress,
    *,
    whole_triangles: int | None = None,
    copy_error_m: float = 0.0,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Write all levels and the plain copy of one; answers their figures and the files.

    ``mesh`` may stand for one of ``whole_triangles`` that is too large for memory, within ``copy_error_m``:
    then only levels that are lighter than it are written.
    """
    whole = whole_triangles or len(mesh.triangles)
    levels = [level for level in LEVELS if _target(level, whole) <= len(mesh.triangles)]
    progress.stage("levels", len(levels), "levels")
    source = surface(mesh.positions, mesh.triangles)
    pyramids = [Pyramid(image) for image in mesh.images]
    figures, files = [], []
    plain = PLAIN if PLAIN in levels else levels[0]
    for level in levels:
        lighter = simplified(mesh, target_triangles=_target(level, whole))
        measured = deviation(source, surface(lighter.positions, lighter.triangles))
        # The copy itself stands so far from the file at most.
        measured = replace(measured, hausdorff_m=measured.hausdorff_m + copy_error_m)
        figures.append(_written(lighter, measured, pyramids, level, out))
        files.append({"path": f"{level.name}.glb", "role": "lod", "media_type": GLB})
        if level is plain:
            name = level.name.replace("lod", "plain")
            textures = _textures(lighter, pyramids, level.halvings, webp=False)
            (out / f"{name}.glb").write_bytes(whole_glb(lighter, textures.__getitem__, compressed=False))
            files.append({"path": f"{name}.glb", "role": "lod", "media_type": GLB})
        progress.advance()
    return figures, files


def _target(level: Level, triangles: int) -> int:
    return max(round(triangles * level.ratio), min(MIN_TRIANGLES, triangles))


def _written(
    mesh: Mesh, measured: Deviation, pyramids: list[Pyramid], level: Level, out: Path
) -> dict[str, Any]:
    textures = _textures(mesh, pyramids, level.halvings, webp=True)
    data = whole_glb(mesh, textures.__getitem__, compressed=True)
    (out / f"{level.name}.glb").write_bytes(data)
    return {
        "name": level.name,
        "ratio": level.ratio,
        "triangles": len(mesh.triangles),
        "vertices": len(mesh.positions),
        "bytes": len(data),
        "appearance": "images" if mesh.images else "colours" if mesh.colours is not None else "plain",
        "texture_bytes": sum(texture.memory_bytes for texture in textures.values()),
        **measured.as_json(),
    }


def _textures(mesh: Mesh, pyramids: list[Pyramid], halvings: int, *, webp: bool) -> dict[int, Texture]:
    return {
        look: encoded(pyramid.level(halvings), webp=webp, repeats=repeats(mesh, look))
        for look, pyramid in enumerate(pyramids[: len(mesh.images)])
    }
