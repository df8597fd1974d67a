"""Pictures embedded in an E57 (images2D): listed, and their bytes held against the page checksums."""

from __future__ import annotations

from typing import Any

import numpy as np

_FORMS = {
    "visualReferenceRepresentation": "visual reference",
    "pinholeRepresentation": "pinhole",
    "sphericalRepresentation": "spherical",
    "cylindricalRepresentation": "cylindrical",
}
_TYPES = {"jpegImage": "image/jpeg", "pngImage": "image/png"}
MAX_LISTED = 1_000
READ_BYTES = 4 << 20


def pictures_of(root: Any) -> tuple[list[dict[str, Any]], list[Any]]:
    """Describe every embedded picture, at most a thousand of them, and answer their blobs."""
    if not root.isDefined("images2D"):
        return [], []
    stations = _station_names(root)
    found, blobs = [], []
    for i in range(min(len(root["images2D"]), MAX_LISTED)):
        image = root["images2D"][i]
        picture: dict[str, Any] = {"name": _text(image, "name") or f"picture {i + 1}"}
        picture["station"] = stations.get(_text(image, "associatedData3DGuid"))
        for form, label in _FORMS.items():
            if image.isDefined(form):
                shown = image[form]
                picture["projection"] = label
                for key in ("imageWidth", "imageHeight"):
                    picture[key.removeprefix("image").lower()] = (
                        int(shown[key].value()) if shown.isDefined(key) else None
                    )
                for blob, media_type in _TYPES.items():
                    if shown.isDefined(blob):
                        picture |= {"media_type": media_type, "bytes": int(shown[blob].byteCount())}
                        blobs.append(shown[blob])
        found.append(picture)
    return found, blobs


def read_through(blob: Any) -> None:
    """Read a blob to its end; libe57 holds every page against its checksum."""
    total = int(blob.byteCount())
    buffer = np.zeros(min(total, READ_BYTES), np.uint8)
    for start in range(0, total, READ_BYTES):
        blob.read(buffer, start, min(READ_BYTES, total - start))


def _station_names(root: Any) -> dict[str, str]:
    if not root.isDefined("data3D"):
        return {}
    scans = [root["data3D"][i] for i in range(len(root["data3D"]))]
    named = ((_text(scan, "guid"), _text(scan, "name") or f"scan {i + 1}") for i, scan in enumerate(scans))
    return {guid: name for guid, name in named if guid}


def _text(node: Any, name: str) -> str:
    return str(node[name].value()).strip() if node.isDefined(name) else ""
