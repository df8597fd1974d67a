"""Files given as they are: a version's originals, and what recipes made."""

from typing import Any
from urllib.parse import quote

from service.tiles.serving import Content

# What a browser may show by itself; everything else is offered as a download. Never HTML or SVG.
SHOWN = frozenset({"image/webp", "image/png", "image/jpeg", "model/gltf-binary", "application/json"})
OTHERWISE = "application/octet-stream"
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file.",
        "content": {
            media_type: {"schema": {"type": "string", "format": "binary"}}
            for media_type in sorted(SHOWN | {OTHERWISE})
        },
    },
    206: {"description": "The range asked for."},
    304: {"description": "Not changed: it never does."},
}


def content_of(
    path: str, *, object_key: str, size_bytes: int, media_type: str, sha256: str, is_public: bool
) -> Content:
    """How to send a file: its bytes, its type as far as a browser may know it, its digest as ETag."""
    # Not shared caches: whether it is public may change; the ETag makes asking again cheap.
    headers = {"Cache-Control": "private, max-age=60"}
    if is_public:
        headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    if media_type not in SHOWN:
        name = path.rpartition("/")[2]
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Content(
        key=object_key,
        offset=0,
        size_bytes=size_bytes,
        media_type=media_type if media_type in SHOWN else OTHERWISE,
        etag=f'"{sha256}"',
        headers=headers,
    )
