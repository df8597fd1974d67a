"""What a tile holds, as GLB: positions on one grid, colours, or textures cut to what it draws."""

from __future__ import annotations

from dataclasses import replace
from threading import Lock

import numpy as np

from processing.meshes.atlas import cut_atlas
from processing.meshes.mesh import U32, used_vertices
from processing.meshes.parts import Part, Texture, compressed_glb
from processing.meshes.pictures import Pyramid, encoded
from processing.meshes.tiles.table import Look, cells_of, mesh_of


class Contents:
    """Makes the GLB of tiles; keeps the images it has decoded and encoded.

    ``repeats`` says of each image whether it is drawn beyond its edges; ``halvings`` of the images at the
    finest level.
    """

    def __init__(self, look: Look, repeats: list[bool], halvings: int) -> None:
        self._look, self._halvings = look, halvings
        self._repeats = np.array([*repeats, False])
        self._pyramids = [Pyramid(image) for image in look.images]
        self._whole: dict[tuple[int, int], Texture] = {}
        # Images are decoded once, whichever thread comes first.
        self._lock = Lock()

    def glb(self, words: U32, triangles: U32, height: int) -> bytes:
        """Write triangles over rows; ``height`` levels of tiles are below."""
        if not self._look.images:
            return compressed_glb([self._part(words, triangles)], step_m=self._look.step_m)
        with self._lock:
            return self._textured(words, triangles, self._halvings + height)

    def _textured(self, words: U32, triangles: U32, halvings: int) -> bytes:
        looks = mesh_of(words, triangles, self._look).look_of(triangles)
        none = len(self._look.images)
        repeated = self._repeats[looks]
        parts = []
        cut = (looks < none) & ~repeated
        if cut.any():
            parts.append(self._cut_part(words, triangles[cut], halvings))
        parts += [
            self._repeated_part(words, triangles[looks == look], int(look), halvings)
            for look in np.unique(looks[repeated])
        ]
        if (looks == none).any():
            vertices, local = used_vertices(triangles[looks == none], len(words))
            parts.append(self._part(words[vertices], local))
        return compressed_glb(parts, step_m=self._look.step_m)

    def _part(self, words: U32, triangles: U32) -> Part:
        mesh = mesh_of(words, triangles, self._look)
        return Part(
            cells=cells_of(words),
            triangles=triangles,
            colours=mesh.colours,
            normals=mesh.normals,
            base_colour=mesh.base_colour,
        )

    def _cut_part(self, words: U32, triangles: U32, halvings: int) -> Part:
        vertices, local = used_vertices(triangles, len(words))
        rows = words[vertices]
        mesh = mesh_of(rows, local, self._look)
        assert mesh.uvs is not None
        looks = np.zeros(len(rows), np.uint16) if mesh.looks is None else mesh.looks
        atlas = cut_atlas(self._pyramids, local, np.clip(mesh.uvs, 0, 1), looks, halvings)
        texture = encoded(atlas.pixels, webp=True)
        return replace(self._part(rows, local), colours=None, uvs=atlas.uvs, texture=texture)

    def _repeated_part(self, words: U32, triangles: U32, look: int, halvings: int) -> Part:
        if (look, halvings) not in self._whole:
            pixels = self._pyramids[look].level(halvings)
            self._whole[look, halvings] = encoded(pixels, webp=True, repeats=True)
        vertices, local = used_vertices(triangles, len(words))
        rows = words[vertices]
        uvs = mesh_of(rows, local, self._look).uvs
        texture = self._whole[look, halvings]
        return replace(self._part(rows, local), colours=None, uvs=uvs, texture=texture)
