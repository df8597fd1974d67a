"""Pictures of strangers: their header is checked before anything decodes them."""

from __future__ import annotations

import io

import PIL.Image

from processing.errors import KnownError
from processing.meshes.mesh import Image

# Our own caps below replace Pillow's warning, which looks at pixels only after we do.
PIL.Image.MAX_IMAGE_PIXELS = None
MAX_SIDE_PIXELS = 16_384  # what WebGL 2 implementations draw at most
MAX_PIXELS = 1 << 28
MAX_IMAGE_BYTES = 512 << 20
FORMATS = {
    "PNG": "image/png",
    "JPEG": "image/jpeg",
    "WEBP": "image/webp",
    "TIFF": "image/tiff",
    "BMP": "image/bmp",
    "TGA": "image/x-tga",
}


def checked_image(name: str, data: bytes) -> Image:
    """Read an image's header; refuse what is no image, or too large to be a texture.

    Raises
    ------
    KnownError
        ``too-large``, ``corrupt-data`` or ``unsupported-format`` (KTX2 among them).
    """
    if data[:12] == b"\xabKTX 20\xbb\r\n\x1a\n":
        raise KnownError("unsupported-format", f"{name} is a KTX2 texture", "export it as PNG, JPEG or WebP")
    try:
        with PIL.Image.open(io.BytesIO(data), formats=list(FORMATS)) as picture:
            (width, height), kind = picture.size, str(picture.format)
    except (OSError, ValueError, SyntaxError) as error:
        raise KnownError(
            "corrupt-data", f"the texture {name} is not an image that can be read", "export it as PNG or JPEG"
        ) from error
    if max(width, height) > MAX_SIDE_PIXELS or width * height > MAX_PIXELS:
        raise KnownError(
            "too-large",
            f"the texture {name} is {width} x {height} pixels; {MAX_SIDE_PIXELS} a side are allowed",
            "export it smaller, or split it into several materials",
        )
    return Image(data=data, media_type=FORMATS[kind], width=width, height=height, name=name)
