"""Media types and roles of masters, by the ends of their names; inspection looks inside."""

from pathlib import PurePosixPath
from typing import Final

MEDIA_TYPES: Final = {
    ".las": "application/vnd.las",
    ".laz": "application/vnd.laszip",
    ".e57": "model/e57",
    ".ply": "application/octet-stream",
    ".xyz": "text/plain",
    ".obj": "model/obj",
    ".mtl": "model/mtl",
    ".stl": "model/stl",
    ".glb": "model/gltf-binary",
    ".gltf": "model/gltf+json",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
    ".pdf": "application/pdf",
    ".csv": "text/csv",
    ".json": "application/json",
}
_BESIDE: Final = frozenset(
    {".mtl", ".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".tga", ".bin"}
)


def media_type_of(path: str) -> str:
    """Return the media type a name suggests."""
    return MEDIA_TYPES.get(PurePosixPath(path).suffix.lower(), "application/octet-stream")


def role_of(path: str) -> str:
    """Return `sidecar` for what stands beside a model (materials, textures, buffers), else `master`."""
    return "sidecar" if PurePosixPath(path).suffix.lower() in _BESIDE else "master"
