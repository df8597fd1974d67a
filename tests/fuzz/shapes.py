"""Structure of formats that checksums and lengths would keep a fuzzer out of: broken within, mended after."""

from __future__ import annotations

import gzip
import io
import random
import struct
import warnings
import zipfile
import zlib
from collections.abc import Sequence

from tests.fuzz.mutate import Broken, Mutator, broken_json

PAGE, PAYLOAD = 1024, 1020
_PLAIN = Mutator()
PNG_HEAD = 8


def _crc32c_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return tuple(table)


_TABLE = _crc32c_table()


def crc32c(data: bytes) -> int:
    """The checksum of E57 pages (Castagnoli)."""
    value = 0xFFFFFFFF
    for byte in data:
        value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
    return value ^ 0xFFFFFFFF


def e57_mended(data: bytes) -> bytes:
    """Fill up the last page, set the size, and give every page its checksum."""
    if len(data) < 48:
        return data
    data += bytes(-len(data) % PAGE)
    made = bytearray(data)
    struct.pack_into("<Q", made, 16, len(made))
    for at in range(0, len(made), PAGE):
        # Big endian, unlike the rest of the format (E2807 section 6.3).
        struct.pack_into(">I", made, at + PAYLOAD, crc32c(bytes(made[at : at + PAYLOAD])))
    return bytes(made)


def e57_inside(rng: random.Random, data: bytes) -> bytes:
    """Break the XML, or the binary sections, of an E57 whose pages stay right."""
    if len(data) < 48:
        return data
    logical = b"".join(data[at : at + PAYLOAD] for at in range(0, len(data), PAGE))
    start = logical.rfind(b"<?xml")
    if start < 0:
        return e57_mended(_PLAIN.broken(rng, data, ()))
    head, xml = logical[:start], logical[start:].rstrip(b"\0")
    if rng.random() < 0.7:
        xml = _PLAIN.broken(rng, xml, ())
    else:
        head = head[:48] + _PLAIN.broken(rng, head[48:], ())
        head = head[:start].ljust(start, b"\0")
    made = bytearray(head + xml)
    pages = b"".join(
        bytes(made[at : at + PAYLOAD]).ljust(PAYLOAD, b"\0") + bytes(4) for at in range(0, len(made), PAYLOAD)
    )
    out = bytearray(pages)
    physical = start // PAYLOAD * PAGE + start % PAYLOAD
    struct.pack_into("<QQ", out, 24, physical, len(xml))
    return e57_mended(bytes(out))


def glb_of(text: bytes, binary: bytes) -> bytes:
    """Put a GLB together, lengths and all."""
    text += b" " * (-len(text) % 4)
    binary += bytes(-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text
    if binary:
        chunks += struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def glb_inside(rng: random.Random, data: bytes) -> bytes:
    """Break the JSON by its tree, or the binary chunk, of a GLB that stays one."""
    if len(data) < 20:
        return data
    size = int.from_bytes(data[12:16], "little")
    text, binary = data[20 : 20 + size], data[28 + size :]
    if rng.random() < 0.75:
        text = broken_json(rng, text)
    if rng.random() < 0.35:
        binary = _PLAIN.broken(rng, binary, ())
    return glb_of(text, binary)


def zip_of(members: Sequence[tuple[str, bytes]]) -> bytes:
    """Pack members; names may come twice."""
    packed = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def gzip_inside(rng: random.Random, data: bytes) -> bytes:
    """Break what is packed, and pack it again with a right checksum."""
    try:
        content = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return data
    return gzip.compress(_PLAIN.broken(rng, content, ()), mtime=0)


def zip_inside(rng: random.Random, data: bytes) -> bytes:
    """Break a member or its name, and pack again with right checksums."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [
                (one.filename, archive.read(one)) for one in archive.infolist() if one.file_size < 1 << 20
            ]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error):
        return data
    if not members:
        return data
    at = rng.randrange(len(members))
    name, content = members[at]
    if rng.random() < 0.25:
        odd = (
            "../x",
            "/x",
            "a\\..\\b",
            "C:x",
            "x" * 400,
            "a/./b",
            "\u0301",
            name.upper(),
            name,
            "a\u2028b",
            ".x",
        )
        name = rng.choice(odd)
        members.insert(at, (name, content))
    else:
        members[at] = (name, _PLAIN.broken(rng, content, ()))
    return zip_of(members)


def png_mended(data: bytes) -> bytes:
    """Give every chunk its checksum."""
    made = bytearray(data)
    at = PNG_HEAD
    while at + 12 <= len(made):
        size = int.from_bytes(made[at : at + 4], "big")
        end = at + 8 + size
        if end + 4 > len(made):
            break
        struct.pack_into(">I", made, end, zlib.crc32(bytes(made[at + 4 : end])))
        at = end + 4
    return bytes(made)


def at_places(*places: tuple[int, str]) -> Broken:
    """Break binary header fields by their offsets and struct forms."""

    def inside(rng: random.Random, data: bytes) -> bytes:
        made = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 3))):
            offset, form = rng.choice(places)
            if offset + struct.calcsize(form) > len(made):
                continue
            if form[-1] in "df":
                struct.pack_into(
                    form, made, offset, rng.choice((0.0, 1.0, -1.0, 1e-9, 1e9, 1e300, float("nan")))
                )
                continue
            bits = 8 * struct.calcsize(form)
            (old,) = struct.unpack_from(form, made, offset)
            value = rng.choice(
                (old + 1, old - 1, 0, 1, rng.getrandbits(bits), 2**bits - 1, len(made), len(made) - 9)
            )
            struct.pack_into(form, made, offset, value % (1 << bits))
        return bytes(made)

    return inside
