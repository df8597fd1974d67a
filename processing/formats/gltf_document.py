"""The JSON of a glTF or GLB: taken out of its container and checked before anything follows it."""

from __future__ import annotations

import base64
import json
import struct
from dataclasses import dataclass
from typing import Any, TypeGuard

from processing.errors import KnownError
from processing.room.inputs import Input, Inputs
from processing.room.sources import Source

MAX_JSON_BYTES = 64 << 20
MAX_DEPTH = 64
MAX_BUFFER_BYTES = 4 << 30
MAX_NODES = 100_000
# Extensions that a file may require of us; material extensions change looks that we do not draw.
# Above what a float32 holds.
MAX_NUMBER = 1e38
KNOWN_EXTENSIONS = {
    "KHR_draco_mesh_compression", "EXT_meshopt_compression", "KHR_meshopt_compression",
    "KHR_mesh_quantization", "EXT_texture_webp", "KHR_texture_transform", "KHR_materials_unlit",
    "KHR_materials_emissive_strength",
    "KHR_materials_ior", "KHR_materials_specular", "KHR_materials_clearcoat", "KHR_materials_sheen",
    "KHR_lights_punctual",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Bytes of a source that nobody has read yet."""

    source: Source
    offset: int
    length: int


@dataclass(kw_only=True)
class Document:
    """The parsed JSON, and the means to reach its buffers."""

    json: dict[str, Any]
    item: Input
    inputs: Inputs
    binary: Stretch | None
    buffers: dict[int, bytes]

    def entries(self, name: str) -> list[dict[str, Any]]:
        """Answer a top-level list of objects, empty where there is none."""
        found = self.json.get(name, [])
        if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
            raise invalid(self.item, f"{name!r} is not a list of objects")
        return found

    def entry(self, name: str, number: Any) -> dict[str, Any]:
        """Answer one entry of a top-level list."""
        found = self.entries(name)
        if not is_whole(number) or not 0 <= number < len(found):
            text = f"{self.item.path} refers to {name}[{number}], and there are {len(found)}"
            raise KnownError("index-out-of-range", text, "check the export")
        return found[number]


def invalid(item: Input, text: str, kind: str = "invalid-header") -> KnownError:
    """Say what is wrong with a glTF."""
    return KnownError(kind, f"{item.path}: {text}", "export it again; the Khronos glTF validator tells more")


def part(document: Document, entry: dict[str, Any], name: str) -> dict[str, Any]:
    """Answer an object inside an entry, empty where there is none."""
    found = entry.get(name)
    if found is not None and not isinstance(found, dict):
        raise invalid(document.item, f"{name!r} is not an object")
    return found or {}


def numbers(document: Document, entry: dict[str, Any], name: str, usual: list[float]) -> list[float]:
    """Answer so many finite numbers of an entry as usual."""
    found = entry.get(name, usual)
    plain = isinstance(found, list) and len(found) == len(usual)
    if not plain or not all(type(value) in (int, float) and abs(value) < MAX_NUMBER for value in found):
        raise invalid(document.item, f"{name!r} is not {len(usual)} numbers")
    return [float(value) for value in found]


def open_document(item: Input, inputs: Inputs) -> Document:
    """Take the JSON out and check it: sizes, depth, version, required extensions."""
    source = item.source
    head = source.read_at(0, 20)
    if head[:4] == b"glTF":
        text, binary = _glb_chunks(item, head)
    else:
        if source.size > MAX_JSON_BYTES:
            raise KnownError("too-large", f"{item.path}: {source.size:,} bytes of JSON", "use GLB")
        text, binary = source.read_at(0, source.size), None
    document = Document(json=_parsed(item, text), item=item, inputs=inputs, binary=binary, buffers={})
    asset = document.json.get("asset")
    if not isinstance(asset, dict) or not str(asset.get("version", "")).startswith("2."):
        raise invalid(item, "there is no asset entry of version 2.x")
    required = document.json.get("extensionsRequired", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        raise invalid(item, "'extensionsRequired' is not a list of names")
    unknown = [name for name in required if name not in KNOWN_EXTENSIONS]
    if unknown:
        raise KnownError(
            "unsupported-format",
            f"{item.path} requires the glTF extension {unknown[0]}, which Heritwin does not know",
            "export it without that extension",
        )
    return document


def _glb_chunks(item: Input, head: bytes) -> tuple[bytes, Stretch | None]:
    source = item.source
    if len(head) < 20:
        raise KnownError("truncated", f"{item.path} ends inside its header", "send the file again")
    version, length, json_bytes = (int(n) for n in struct.unpack_from("<III", head, 4))
    if version != 2:
        raise KnownError(
            "unsupported-format", f"{item.path} is GLB version {version}", "export it as glTF 2.0"
        )
    if length > source.size:
        text = f"{item.path} says it has {length:,} bytes, and there are {source.size:,}"
        raise KnownError("truncated", text, "send the file again")
    if length < source.size - 3:
        raise invalid(
            item, f"the header says {length:,} bytes, and there are {source.size:,}", "count-mismatch"
        )
    if head[16:20] != b"JSON" or json_bytes > min(source.size - 20, MAX_JSON_BYTES):
        raise invalid(item, f"the JSON chunk of {json_bytes:,} bytes does not fit the file")
    json_text = source.read_at(20, json_bytes)
    at = 20 + json_bytes
    rest = source.read_at(at, 8)
    if len(rest) < 8:
        return json_text, None
    binary_bytes = int.from_bytes(rest[:4], "little")
    if rest[4:] != b"BIN\0":
        return json_text, None
    if binary_bytes > source.size - at - 8:
        raise KnownError("truncated", f"{item.path}: the binary chunk is cut off", "send the file again")
    return json_text, Stretch(source=source, offset=at + 8, length=binary_bytes)


def read_whole(stretch: Stretch) -> bytes:
    """Read a stretch that may be larger than one request."""
    if stretch.length > MAX_BUFFER_BYTES:
        text = f"{stretch.source.name}: a buffer of {stretch.length:,} bytes"
        raise KnownError("too-large", text, "split the model")
    return stretch.source.read_at(stretch.offset, stretch.length)


def _parsed(item: Input, text: bytes) -> dict[str, Any]:
    if _depth(text) > MAX_DEPTH:
        raise KnownError("too-deep", f"{item.path}: its JSON is nested more than {MAX_DEPTH} deep", None)
    try:
        parsed = json.loads(text.decode("utf-8").rstrip(" \0"))
    except (UnicodeDecodeError, ValueError) as error:
        raise invalid(item, f"its JSON cannot be read: {error}") from error
    if not isinstance(parsed, dict):
        raise invalid(item, "its JSON is not an object")
    return parsed


def _depth(text: bytes) -> int:
    """Count how deep brackets nest, outside strings; stops early."""
    depth = deepest = 0
    pieces = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    for piece in pieces[::2]:
        for byte in piece:
            if byte in b"[{":
                depth += 1
                deepest = max(deepest, depth)
                if deepest > MAX_DEPTH:
                    return deepest
            elif byte in b"]}":
                depth -= 1
    return deepest


def resource(document: Document, uri: Any) -> tuple[str, bytes]:
    """Fetch a ``data:`` URI or a listed sibling; nothing else is followed. Answers its name and bytes."""
    item = document.item
    if not isinstance(uri, str):
        raise invalid(item, "a URI is not text")
    if uri.startswith("data:"):
        head, comma, body = uri.partition(",")
        if not comma or not head.endswith(";base64"):
            raise invalid(item, "a data URI is not base64")
        try:
            return "embedded", base64.b64decode(body, validate=True)
        except ValueError as error:  # binascii.Error is one; so is text that is not ASCII
            raise invalid(item, f"a data URI cannot be read: {error}") from error
    found = document.inputs.sibling(item, uri)
    return found.path, read_whole(Stretch(source=found.source, offset=0, length=found.source.size))


def buffer_bytes(document: Document, number: Any) -> bytes:
    """Answer the bytes of a buffer, checked against its declared length."""
    entry = document.entry("buffers", number)
    if number not in document.buffers:
        if "uri" in entry:
            _, data = resource(document, entry["uri"])
        elif number == 0 and document.binary is not None:
            data = read_whole(document.binary)
        else:
            raise invalid(document.item, f"buffer {number} has no bytes")
        declared = entry.get("byteLength")
        if not is_whole(declared) or declared < 0 or declared > len(data):
            text = f"buffer {number} says it has {declared} bytes, and there are {len(data)}"
            raise invalid(document.item, text, "truncated")
        document.buffers[number] = data
    return document.buffers[number]


def stored_buffer(document: Document, number: Any) -> Stretch | None:
    """Answer where the bytes of a buffer stand; None where that is the JSON, or they are too few."""
    entry = document.entry("buffers", number)
    uri, declared = entry.get("uri"), entry.get("byteLength")
    stretch = document.binary if number == 0 and "uri" not in entry else None
    if isinstance(uri, str) and not uri.startswith("data:"):
        found = document.inputs.sibling(document.item, uri)
        stretch = Stretch(source=found.source, offset=0, length=found.source.size)
    if stretch is None or not is_whole(declared) or not 0 <= declared <= stretch.length:
        return None
    return stretch


def is_whole(value: Any) -> TypeGuard[int]:
    """Whether JSON means a whole number: ``true`` is none, though Python takes it for 1."""
    return isinstance(value, int) and not isinstance(value, bool)
