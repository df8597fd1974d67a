"""Signatures of formats: a few bytes at the start, and for text a look at the first lines."""

from __future__ import annotations

import re
import struct

from processing.room.inputs import Input
from processing.room.sources import Source

HEAD_BYTES = 64 << 10

_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"ASTM-E57", "e57"),
    (b"glTF", "glb"),
    (b"Kaydara FBX", "fbx"),
    (b"ISO-10303-21", "ifc"),
    (b"pnts", "pnts"),
    (b"b3dm", "b3dm"),
    (b"BLENDER", "blend"),
    (b"PXR-USDC", "usd"),
    (b"#usda", "usd"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"%PDF", "pdf"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"AC10", "dwg"),
    (b" xsN", "nxs"),
    (b"NXSX", "nxs"),
)
_NUMBER = re.compile(rb"[-+]?((\d+\.?\d*|\.\d+)(e[-+]?\d+)?|nan|inf(inity)?)", re.IGNORECASE)
_SPLIT = re.compile(rb"[\s,;]+")
_OBJ_LINE = re.compile(rb"^\s*(v|vn|vt|f|o|g|s|l|p|mtllib|usemtl)\s", re.MULTILINE)


def signature(item: Input) -> str | None:
    """Name the format of a file by content, or answer None."""
    head = item.source.read_at(0, HEAD_BYTES)
    return _binary(item, head) or _text(item, head)


def _binary(item: Input, head: bytes) -> str | None:
    for magic, name in _MAGICS:
        if head.startswith(magic):
            return name
    if head.startswith(b"LASF"):
        return _las(head)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"\x1f\x8b"):
        return "spz" if item.suffix == ".spz" else "gzip"
    if head.startswith(b"NGSP"):
        return "spz"
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip(item, head)
    if re.match(rb"ply\s", head):
        return _ply(head)
    if re.match(rb"(#[^\n]*\n)*\s*(VERSION|FIELDS)\s", head) and b"\nDATA " in head[:16384]:
        return "pcd"
    if _is_binary_stl(item.source, head):
        return "stl"
    if item.suffix == ".splat" and item.source.size % 32 == 0:  # no magic: 32-byte records, by name only
        return "splat"
    return {".bin": "gltf-buffer", ".nxz": "nxz", ".nxs": "nxs", ".tga": "tga", ".bmp": "bmp"}.get(
        item.suffix
    )


def _las(head: bytes) -> str:
    if len(head) < 227:
        return "las"
    compressed = bool(head[104] & 0x80)
    # COPC 1.0: the first VLR is "copc" and stands right after the 375-byte header.
    if compressed and head[377:381] == b"copc":
        return "copc"
    return "laz" if compressed else "las"


def _zip(item: Input, head: bytes) -> str:
    if item.suffix == ".3mf" or b"3D/3dmodel.model" in head or b"[Content_Types].xml" in head[:200]:
        return "3mf"
    return "usdz" if item.suffix == ".usdz" else "zip"


def _ply(head: bytes) -> str:
    header = head.split(b"end_header", 1)[0]
    if b"property float f_dc_0" in header and b"property float scale_0" in header:
        return "ply-splat"
    faces = re.search(rb"element\s+(?:face|tristrips)\s+(-?\d+)", header)
    return "ply-mesh" if faces is not None and int(faces.group(1)) != 0 else "ply-cloud"


def _is_binary_stl(source: Source, head: bytes) -> bool:
    if len(head) < 84:
        return False
    (triangles,) = struct.unpack_from("<I", head, 80)
    return source.size == 84 + 50 * int(triangles) and triangles > 0


def _text(item: Input, head: bytes) -> str | None:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if b"\0" in head:
        # A binary STL whose count lies keeps its name; its reader says what is wrong.
        return "stl" if item.suffix == ".stl" and len(head) >= 84 else None
    lower = text[:4096].lower()
    if lower.startswith(b"{"):
        return _json(text)
    if lower.startswith(b"<"):
        return _xml(item, text)
    if lower.startswith(b"solid") and (b"facet" in lower or item.suffix == ".stl"):
        return "stl"
    if re.match(rb"c?off\b", lower):
        return "off"
    if lower.startswith((b"# .pcd", b"#.pcd")) or (item.suffix == ".pcd" and b"\ndata " in lower):
        return "pcd"
    if item.suffix == ".mtl" or re.search(rb"^\s*newmtl\s", text, re.MULTILINE):
        return "mtl"
    if _OBJ_LINE.search(text):
        return "obj"
    if re.match(rb"\s*0\s*\n\s*section", lower):
        return "dxf"
    return _columns(item, text)


def _json(text: bytes) -> str:
    if re.search(rb'"type"\s*:\s*"CityJSON', text[:4096]):
        return "cityjson"
    if re.search(rb'"(asset|accessors|bufferViews|meshes)"\s*:', text):
        return "gltf"
    return "json"


def _xml(item: Input, text: bytes) -> str:
    start = text[:8192]
    if b"citygml" in start:
        return "citygml"
    if b"<COLLADA" in start:
        return "dae"
    if b"opengis.net/gml" in start:
        return "gml"
    if _OBJ_LINE.search(text) and item.suffix == ".obj":
        return "obj"
    return "html" if re.match(rb"<!doctype html|<html", start.lower()) else "xml"


def _columns(item: Input, text: bytes) -> str | None:
    """Tell PTX (two sizes, twelve pose rows), PTS (one count) and XYZ (rows of numbers, maybe a header)."""
    lines = [line.strip() for line in text.splitlines() if line.strip()][:40]
    rows = [[cell for cell in _SPLIT.split(line) if cell] for line in lines]
    numeric = [bool(row) and all(_NUMBER.fullmatch(cell) for cell in row) for row in rows]
    if (
        len(rows) >= 10
        and all(numeric[:10])
        and [len(row) for row in rows[:10]] == [1, 1, 3, 3, 3, 3, 4, 4, 4, 4]
    ):
        return "ptx"
    if len(rows) >= 2 and numeric[0] and len(rows[0]) == 1 and rows[0][0].isdigit() and len(rows[1]) >= 3:
        return "pts"
    wide = [len(row) >= 3 for row, number in zip(rows, numeric, strict=True) if number]
    if len(wide) >= max(1, len(rows) // 2) and all(wide):
        return "xyz"
    return "xyz" if item.suffix in {".xyz", ".txt", ".csv", ".asc"} and any(wide) else None
