"""Materials made simple: an image, or a colour of the vertex, for every vertex."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processing.meshes.mesh import F32, F64, U8, U16, Mesh, RawMesh


def dress(raw: RawMesh, origin: F64, local: F32) -> Mesh:
    """Turn materials into looks: what has an image keeps it, other base colours go to the vertices.

    Untextured parts all in one base colour, without vertex colours, keep it as ``base_colour``.
    """
    numbers = raw.vertex_materials
    materials = raw.materials
    if not materials:
        return Mesh(origin=origin, positions=local, triangles=raw.triangles, colours=raw.colours)
    used = np.unique(numbers) if numbers is not None else np.zeros(1, np.uint16)
    none = len(raw.images)
    image_of = np.array(
        [none if m.image is None or raw.uvs is None else m.image for m in materials], np.uint16
    )
    looks = image_of[numbers] if numbers is not None else np.full(len(local), image_of[0], np.uint16)
    plain = [materials[i].colour for i in used if image_of[i] == none]
    colours, base = raw.colours, (1.0, 1.0, 1.0, 1.0)
    if colours is None and len(set(plain)) == 1:
        base = plain[0]
    elif plain:
        colours = _painted(raw, looks == none)
    textured = bool((looks != none).any())
    if textured and colours is not None:
        colours = colours.copy()
        colours[looks != none] = 255
    uvs = None
    if textured and raw.uvs is not None:
        uvs = np.where((looks != none)[:, None], raw.uvs, np.float32(0))
    # One image everywhere, or none anywhere, needs no number at every vertex.
    whole = textured and len(raw.images) == 1 and bool((looks == 0).all())
    return Mesh(
        origin=origin,
        positions=local,
        triangles=raw.triangles,
        colours=None if whole else colours,
        uvs=uvs,
        looks=looks if textured and not whole else None,
        images=raw.images if textured else (),
        base_colour=base,
    )


def _painted(raw: RawMesh, where: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> U8:
    """Multiply vertex colours (white where there are none) by the base colours of materials."""
    table = np.array([m.colour for m in raw.materials], np.float64)
    count = len(raw.positions)
    numbers: U16 = raw.vertex_materials if raw.vertex_materials is not None else np.zeros(count, np.uint16)
    given = raw.colours if raw.colours is not None else np.full((count, 4), 255, np.uint8)
    painted: U8 = given.copy()
    painted[where] = tinted(given[where], table[numbers[where]])
    return painted


def tinted(colours: U8, by: npt.ArrayLike) -> U8:
    """Multiply colours (n, 4) by base colours 0..1, one (4,) or one of each (n, 4)."""
    return np.round(colours * np.asarray(by, np.float64)).astype(np.uint8)
