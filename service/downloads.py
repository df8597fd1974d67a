"""Files given as they are: a version's originals, and what recipes made."""

from typing import Any, Protocol
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


class StoredFile(Protocol):
    """A file in the store, of a version or of a derivative, whose bytes were hashed."""

    @property
    def path(self) -> str:
        """Its path in its version or derivative."""

    @property
    def object_key(self) -> str:
        """Where its bytes lie."""

    @property
    def size_bytes(self) -> int:
        """How many they are."""

    @property
    def media_type(self) -> str:
        """What they are."""

    @property
    def sha256(self) -> str | None:
        """Their digest, hex."""


def content_of(file: StoredFile, *, is_public: bool) -> Content:
    """How to send a file: its bytes, its type as far as a browser may know it, its digest as ETag."""
    # Not shared caches: whether it is public may change; the ETag makes asking again cheap.
    headers = {"Cache-Control": "private, max-age=60"}
    if is_public:
        headers |= {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
    if file.media_type not in SHOWN:
        name = file.path.rpartition("/")[2]
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Content(
        key=file.object_key,
        offset=0,
        size_bytes=file.size_bytes,
        media_type=file.media_type if file.media_type in SHOWN else OTHERWISE,
        etag=f'"{file.sha256}"',
        headers=headers,
    )
