"""What an OBJ looks like: the materials and pictures it refers to, and colours behind coordinates."""

from __future__ import annotations

import numpy as np

from processing.errors import KnownError
from processing.formats.companions import listed, picture
from processing.formats.mtl import ParsedMaterial, parse_mtl
from processing.formats.obj_scanning import Said
from processing.meshes.mesh import F32, U8, Finding, Image, Material
from processing.room.inputs import Input, Inputs

MAX_MTL_BYTES = 4 << 20


def read_materials(
    item: Input, inputs: Inputs, said: Said, findings: list[Finding]
) -> tuple[tuple[Material, ...], tuple[Image, ...]]:
    """Read the listed material files and pictures; what is missing is a finding."""
    parsed = _parsed(item, inputs, said.libraries, findings)
    images: dict[str, int] = {}
    pictures: list[Image] = []
    materials = []
    for name in said.names:
        source, referrer = parsed.get(name, (ParsedMaterial(name=name), item))
        number = None
        if source.picture is not None:
            number = picture(referrer, inputs, source.picture, images, pictures, findings)
        # Kd under a picture is a leftover of exporters (0.8 grey), not a tint of the stone.
        colour = (1.0, 1.0, 1.0) if number is not None else source.colour
        materials.append(Material(name=name, image=number, colour=(*colour, source.opacity)))
    return tuple(materials), tuple(pictures)


def has_pictures(item: Input, inputs: Inputs, libraries: list[str]) -> bool:
    """Say whether a material of these files has a picture that is there; none is read."""
    return any(
        material.picture is not None and listed(referrer, inputs, material.picture, []) is not None
        for material, referrer in _parsed(item, inputs, libraries, []).values()
    )


def _parsed(
    item: Input, inputs: Inputs, libraries: list[str], findings: list[Finding]
) -> dict[str, tuple[ParsedMaterial, Input]]:
    """Read materials by name, each with the file it stands in; the first of a name counts."""
    parsed: dict[str, tuple[ParsedMaterial, Input]] = {}
    for name in dict.fromkeys(libraries):
        found = listed(item, inputs, name, findings)
        if found is not None:
            if found.source.size > MAX_MTL_BYTES:
                raise KnownError("too-large", f"{found.path} is {found.source.size:,} bytes", None)
            text = found.source.read_at(0, found.source.size).decode("utf-8", "replace")
            for key, material in parse_mtl(text).items():
                parsed.setdefault(key, (material, found))
    return parsed


def srgb_of(values: F32, highest: float) -> U8:
    """Turn colours (n, 3) into sRGB (n, 4); ``highest`` of the whole file tells their scale.

    0..1 is the custom of MeshLab and others, 0..255 that of some.
    """
    scale = 255.0 if highest <= 1.0 else 1.0
    rgba = np.full((len(values), 4), 255, np.uint8)
    rgba[:, :3] = np.clip(np.round(np.nan_to_num(values) * scale), 0, 255)
    return rgba
