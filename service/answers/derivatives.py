"""Derivatives as answers."""

from service.schemas.versions import DerivativeFileRead, DerivativeRead
from storage.derivatives.records import Derivative, DerivativeFile

# Packs and their index are read through /t/, tile by tile, never by name.
DOWNLOADABLE = frozenset({"picture", "lod", "copc", "cut", "clean", "report"})
_TILED = frozenset({"tileset", "preview"})


def derivative_read(derivative: Derivative) -> DerivativeRead:
    """Return a derivative with its files."""
    is_ready = derivative.state == "ready"
    return DerivativeRead(
        id=derivative.id,
        kind=derivative.kind,
        recipe=derivative.operation,
        recipe_version=derivative.recipe_version,
        state=derivative.state,
        result=derivative.result,
        bytes=derivative.size_bytes,
        files=[_file(derivative, file) for file in derivative.files],
        tileset=f"/t/s/{derivative.id}/tileset.json" if is_ready and derivative.kind in _TILED else None,
        created_at=derivative.created_at,
    )


def _file(derivative: Derivative, file: DerivativeFile) -> DerivativeFileRead:
    url = f"/v1/derivatives/{derivative.id}/files/{file.path}" if file.role in DOWNLOADABLE else None
    return DerivativeFileRead(
        name=file.path,
        role=file.role,
        media_type=file.media_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        url=url,
    )
