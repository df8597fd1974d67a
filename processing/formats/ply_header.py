"""The PLY header (Turk 1994): elements and properties, checked against the file's size."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from processing.errors import KnownError
from processing.room.sources import Source

MAX_HEADER_BYTES = 64 << 10
TYPES = {
    "char": "i1", "int8": "i1", "uchar": "u1", "uint8": "u1", "short": "i2", "int16": "i2", "ushort": "u2",
    "uint16": "u2", "int": "i4", "int32": "i4", "uint": "u4", "uint32": "u4", "float": "f4", "float32": "f4",
    "double": "f8", "float64": "f8",
}  # fmt: skip
# Red, green, blue and, where there is one, alpha.
COLOURS = (("red", "green", "blue", "alpha"), ("diffuse_red", "diffuse_green", "diffuse_blue", "alpha"),
           ("r", "g", "b", "a"))  # fmt: skip
ENCODINGS = {"ascii": "ascii", "binary_little_endian": "<", "binary_big_endian": ">"}


@dataclass(frozen=True, kw_only=True)
class Property:
    """One property; lists have the type of their count as well."""

    name: str
    type: str
    count_type: str | None = None


@dataclass(frozen=True, kw_only=True)
class Element:
    """One element: its declared count and properties in file order."""

    name: str
    count: int
    properties: tuple[Property, ...]

    def smallest(self, *, ascii_text: bool) -> int:
        """Bytes of one record at least: lists count as empty, a number as a digit and its separator."""
        if ascii_text:
            return 2 * max(1, len(self.properties)) - 1
        return sum(int((p.count_type or p.type)[-1]) for p in self.properties)


@dataclass(frozen=True, kw_only=True)
class Header:
    """A checked header; ``encoding`` is ``ascii``, ``<`` or ``>``; data begins at ``offset``."""

    encoding: str
    elements: tuple[Element, ...]
    offset: int
    comments: tuple[str, ...]

    def element(self, name: str) -> Element | None:
        """Find an element by name."""
        return next((element for element in self.elements if element.name == name), None)


def read_header(source: Source) -> Header:
    """Read the header; unknown keywords, missing ends and counts that cannot be are refused."""
    head = source.read_at(0, MAX_HEADER_BYTES)
    end = head.find(b"end_header")
    if end < 0:
        raise _bad(source, f"has no end_header in its first {len(head):,} bytes")
    newline = head.find(b"\n", end)
    if newline < 0:
        # Old Mac files end lines with CR alone.
        newline = head.find(b"\r", end)
    start = newline + 1 if newline >= 0 else len(head)
    encoding: str | None = None
    elements: list[Element] = []
    comments: list[str] = []
    for line in head[:end].decode("utf-8", "replace").splitlines()[1:]:
        words = line.split()
        if not words:
            continue
        if words[0] in {"comment", "obj_info"}:
            comments.append(line.partition(" ")[2].strip())
        elif words[0] == "format" and len(words) >= 2 and words[1] in ENCODINGS:
            encoding = ENCODINGS[words[1]]
        elif words[0] == "element" and len(words) == 3:
            elements.append(_element(source, words))
        elif words[0] == "property" and elements:
            elements[-1] = _with_property(source, elements[-1], words)
        else:
            raise _bad(source, f"has a header line {line[:60]!r} that PLY does not know")
    if encoding is None:
        raise _bad(source, "does not say its format (ascii or binary)")
    header = Header(encoding=encoding, elements=tuple(elements), offset=start, comments=tuple(comments))
    _check_size(source, header)
    return header


def _element(source: Source, words: list[str]) -> Element:
    if not words[2].isdigit():
        raise _bad(source, f"declares {words[2]!r} of element {words[1]}")
    return Element(name=words[1], count=int(words[2]), properties=())


def _with_property(source: Source, element: Element, words: list[str]) -> Element:
    if len(words) == 3 and words[1] in TYPES:
        made = Property(name=words[2], type=TYPES[words[1]])
    elif len(words) == 5 and words[1] == "list" and words[2] in TYPES and words[3] in TYPES:
        made = Property(name=words[4], type=TYPES[words[3]], count_type=TYPES[words[2]])
    else:
        raise _bad(source, f"has a property it does not describe: {' '.join(words)[:60]!r}")
    if made.name in {known.name for known in element.properties}:
        raise _bad(source, f"declares property {made.name[:60]!r} of element {element.name[:60]!r} twice")
    return Element(name=element.name, count=element.count, properties=(*element.properties, made))


def _check_size(source: Source, header: Header) -> None:
    held = source.size - header.offset
    for element in header.elements:
        least = element.smallest(ascii_text=header.encoding == "ascii")
        if element.count * least > held + 1:
            raise KnownError(
                "count-mismatch",
                f"{source.name} declares {element.count:,} of element {element.name} in {held:,} bytes",
                "the copy was cut off or the header lies; export it again",
            )


def _bad(source: Source, what: str) -> KnownError:
    return KnownError("invalid-header", f"{source.name} {what}", "export it again as binary PLY")


def channels_of(names: Collection[str]) -> tuple[str, ...] | None:
    """Find the colours among the properties of a vertex; alpha is named though there may be none."""
    return next((channels for channels in COLOURS if set(channels[:3]) <= set(names)), None)
