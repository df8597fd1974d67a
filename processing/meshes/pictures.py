"""Texture images: decoded once, halved as often as wanted, encoded for a level."""

from __future__ import annotations

import io

import numpy as np
import PIL.Image

from processing.errors import KnownError
from processing.meshes.mesh import U8, Image
from processing.meshes.parts import Texture

WEBP_QUALITY = 80
JPEG_QUALITY = 85
# Effort 2 takes half the time of 4 and 8 % more bytes (2048 x 2048 photo).
WEBP_METHOD = 2
MIN_SIDE = 4


class Pyramid:
    """One image and its halves, made when asked for."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self._levels: list[U8] = []

    def level(self, number: int) -> U8:
        """Answer pixels (h, w, 3) uint8 sRGB at 1 / 2**number of the size; stops at a few pixels."""
        if not self._levels:
            self._levels.append(_decoded(self.image))
        while len(self._levels) <= number:
            self._levels.append(_halved(self._levels[-1]))
        return self._levels[number]


def _decoded(image: Image) -> U8:
    try:
        with PIL.Image.open(io.BytesIO(image.data)) as picture:
            pixels: U8 = np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise KnownError(
            "corrupt-data", f"the texture {image.name} is damaged: {error}", "export it again as PNG or JPEG"
        ) from error
    return pixels


def _halved(pixels: U8) -> U8:
    height, width = (max(MIN_SIDE, side // 2) for side in pixels.shape[:2])
    small = PIL.Image.fromarray(pixels).resize((width, height), PIL.Image.Resampling.BOX)
    halved: U8 = np.asarray(small)
    return halved


def encoded(pixels: U8, *, webp: bool, repeats: bool = False) -> Texture:
    """Encode pixels (h, w, 3) as WebP, or as JPEG for files without extensions."""
    target = io.BytesIO()
    picture = PIL.Image.fromarray(pixels)
    if webp:
        picture.save(target, "WEBP", quality=WEBP_QUALITY, method=WEBP_METHOD)
    else:
        picture.save(target, "JPEG", quality=JPEG_QUALITY)
    return Texture(
        data=target.getvalue(),
        media_type="image/webp" if webp else "image/jpeg",
        width=pixels.shape[1],
        height=pixels.shape[0],
        repeats=repeats,
    )
