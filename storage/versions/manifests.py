"""The manifest: what a version is, in canonical JSON (RFC 8785), at a fixed key in the object store."""

import hashlib
from typing import Any
from uuid import UUID

import rfc8785

from storage.versions.records import Version

SCHEMA = 1
MEDIA_TYPE = "application/json"
_METADATA = (
    "represents_edtf",
    "kind",
    "format",
    "points",
    "vertices",
    "triangles",
    "bounds",
    "crs",
    "own_frame",
    "units",
    "attributes",
    "stations",
    "textures",
)


def manifest_key(asset_id: UUID, number: int) -> str:
    """Return where the manifest of version `number` of an asset lies."""
    return f"assets/{asset_id}/v{number}/manifest.json"


def manifest_of(version: Version, number: int) -> dict[str, Any]:
    """Return the manifest with which a (verified) version is published as `number`."""
    metadata = {name: getattr(version, name) for name in _METADATA if getattr(version, name) is not None}
    if version.stated:
        metadata["stated"] = version.stated
    if version.capture_id is not None:
        metadata["capture"] = str(version.capture_id)
    return {
        "schema": SCHEMA,
        "asset": str(version.asset_id),
        "subject": str(version.subject_id),
        "version": str(version.id),
        "number": number,
        "files": [
            {
                "path": file.path,
                "sha256": file.sha256,
                "bytes": file.size_bytes,
                "media_type": file.media_type,
                "role": file.role,
                "key": file.object_key,
            }
            for file in version.files
        ],
        "metadata": metadata,
    }


def canonical(manifest: dict[str, Any]) -> bytes:
    """Return the bytes that are stored and hashed."""
    return rfc8785.dumps(manifest)


def manifest_digest(data: bytes) -> str:
    """Return the SHA-256 over canonical bytes, as hex."""
    return hashlib.sha256(data).hexdigest()
