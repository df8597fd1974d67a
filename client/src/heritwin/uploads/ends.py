"""Which stretches of a file tell what it is: its head, its tail, and what the head points to."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from heritwin.uploads.files import LocalFile, opened

KIB, MIB = 1 << 10, 1 << 20
HEAD_BYTES = TAIL_BYTES = 64 * KIB
MOST_PIECE_BYTES = 8 * MIB
WHOLE_TEXT_BYTES = MIB
TEXTS = (".mtl", ".gltf")
E57_PAGE = 1024


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """Some bytes of a file."""

    offset: int
    size_bytes: int


def ends_of(file: LocalFile) -> list[Stretch]:
    """Head and tail, as long as this file's format needs them; at most 8 MiB each."""
    size = file.size_bytes
    with opened(file) as stream:
        head = stream.read(HEAD_BYTES)
    if file.name.lower().endswith(TEXTS):
        return [Stretch(offset=0, size_bytes=min(size, max(HEAD_BYTES, WHOLE_TEXT_BYTES)))]
    head_bytes, tail_at = HEAD_BYTES, size - TAIL_BYTES
    if head.startswith(b"ASTM-E57") and len(head) >= 48:
        # The XML stands at the end (ASTM E2807 table 3); pages carry their own checksums.
        xml_at = struct.unpack_from("<Q", head, 24)[0]
        tail_at = min(tail_at, xml_at - xml_at % E57_PAGE)
    elif head.startswith(b"LASF") and len(head) >= 375:
        head_bytes = max(head_bytes, min(MIB, struct.unpack_from("<I", head, 96)[0] + 8))
        start, count = struct.unpack_from("<QI", head, 235)
        if head[24:26] == b"\x01\x04" and count and start < size:
            tail_at = min(tail_at, start)
    elif head.startswith(b"glTF") and len(head) >= 20:
        head_bytes = max(head_bytes, 20 + struct.unpack_from("<I", head, 12)[0])
    head_bytes = min(size, head_bytes, MOST_PIECE_BYTES)
    tail_at = max(head_bytes, tail_at, size - MOST_PIECE_BYTES)
    first = Stretch(offset=0, size_bytes=head_bytes)
    return [first] if tail_at >= size else [first, Stretch(offset=tail_at, size_bytes=size - tail_at)]
