"""XYZ, TXT and PTS: rows of numbers, whose separator, header and columns are found and shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import CHUNK_POINTS, CloudHeader, PointChunk, warning
from processing.formats.scales import Intensity, classes, colour_top, eight_bit
from processing.formats.text_numbers import (
    check_numbers,
    last_line_open,
    line_blocks,
    rows_of,
    sampled_blocks,
)
from processing.room.sources import Source

MAX_COLUMNS = 64
_HEAD_BYTES = 1 << 20
_NAMES = {
    "x": ("x", "//x", "easting", "east", "e", "#x"),
    "y": ("y", "northing", "north", "n"),
    "z": ("z", "elevation", "height", "h", "alt"),
    "red": ("r", "red", "rf"),
    "green": ("g", "green", "gf"),
    "blue": ("b", "blue", "bf"),
    "intensity": ("i", "intensity", "reflectance", "int"),
    "classification": ("classification", "class", "c"),
}
_COMMENTS = (b"#", b"//", b"%")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where things stand in a row; ``red`` means three columns from there."""

    start: int
    columns: int
    places: dict[str, int]
    comma_is_separator: bool
    separator: str
    heading: tuple[str, ...] | None
    intensity: Intensity | None
    colour_top: float
    declared: int | None

    def others(self) -> dict[str, int]:
        """Name the columns that are not drawn as they were written, and say where they stand."""
        drawn = {self.places[axis] for axis in "xyz"}
        for name, width in (("red", 3), ("classification", 1)):
            if name in self.places and (name != "red" or self.colour_top == 255.0):
                drawn |= set(range(self.places[name], self.places[name] + width))
        if self.intensity is not None and self.intensity.exact:
            drawn.add(self.places["intensity"])
        fits = self.heading is not None and len(self.heading) == self.columns
        named = {self.places["intensity"]: "intensity"} if "intensity" in self.places else {}
        found: dict[str, int] = {}
        for i in (i for i in range(self.columns) if i not in drawn):
            name = named.get(i) or (self.heading[i] if fits and self.heading else f"column {i + 1}")
            found[name if name not in found else f"{name} {i + 1}"] = i
        return found


class TextReader:
    """One text file of points."""

    def __init__(self, source: Source, form: str) -> None:
        self._source = source
        self.findings: list[dict[str, str]] = []
        self.layout, warnings = find_layout(source, form)
        named = sorted(self.layout.places.items(), key=lambda item: item[1])
        self.header = CloudHeader(
            format=form,
            points=self.layout.declared,
            attributes=(*_order(self.layout.places), *self.layout.others()),
            warnings=(*warnings, *last_line_open(source)),
            extra={name: np.dtype("f8") for name in self.layout.others()},
            details={
                "separator": self.layout.separator,
                "heading": list(self.layout.heading) if self.layout.heading else None,
                "columns": {name: place + 1 for name, place in named},
                "columns_in_file": self.layout.columns,
            },
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every row; a PTS count that does not agree is an error at the end."""
        seen, declared = 0, self.layout.declared
        for block in line_blocks(self._source, self.layout.start):
            rows, more = self._rows(block)
            declared = None if declared is None else declared + more
            for at in range(0, len(rows), CHUNK_POINTS):
                seen += len(rows[at : at + CHUNK_POINTS])
                yield self._chunk(rows[at : at + CHUNK_POINTS], everything=everything)
        if declared is not None and seen != declared:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {declared:,} points and holds {seen:,}",
                "the export was cut off or joined; export it again",
            )
        self.findings = self.layout.intensity.findings() if self.layout.intensity is not None else []

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read rows out of blocks spread over the file."""
        row_bytes = 8 * self.layout.columns
        for block in sampled_blocks(self._source, self.layout.start, points * row_bytes):
            yield self._chunk(self._rows(block)[0], everything=False)

    def _rows(self, block: bytes) -> tuple[NDArray[np.float64], int]:
        """Answer the rows of a block, and how many more points a further count of a PTS declares."""
        layout = self.layout
        rows, widths, starts = rows_of(block, layout.columns, comma_is_separator=layout.comma_is_separator)
        points = ~_are_comments(block, starts)
        more = 0
        if layout.declared is not None:
            # Clouds of several stations follow each other, each with its count.
            counts = points & (widths == 1) & (rows[:, 0] == np.floor(rows[:, 0]))
            more = int(rows[counts, 0].sum())
            points &= ~counts
        short = points & (widths != layout.columns)
        if short.any():
            line = _line(block, int(starts[short][0]))
            raise KnownError(
                "corrupt-data",
                f"{self._source.name} has a line that is no point of {layout.columns} columns: {line!r}",
                "the export was cut off or joined; export it again",
            )
        check_numbers(self._source, block, rows[points], starts[points])
        return rows[points], more

    def _chunk(self, rows: NDArray[np.float64], *, everything: bool) -> PointChunk:
        layout, places = self.layout, self.layout.places
        rgb = intensity = None
        if "red" in places:
            rgb = eight_bit(rows[:, places["red"] : places["red"] + 3], layout.colour_top)
        if layout.intensity is not None:
            intensity = layout.intensity(rows[:, places["intensity"]])
        labels = classes(rows[:, places["classification"]]) if "classification" in places else None
        xyz = np.ascontiguousarray(rows[:, [places["x"], places["y"], places["z"]]])
        extra = {name: rows[:, i].copy() for name, i in layout.others().items()} if everything else {}
        return PointChunk(xyz=xyz, rgb=rgb, intensity=intensity, classification=labels, extra=extra)


def _line(block: bytes, at: int) -> str:
    return block[at : at + 60].split(b"\n", 1)[0].decode("utf-8", "replace")


def _are_comments(block: bytes, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not any(mark in block for mark in _COMMENTS):
        return np.zeros(len(starts), np.bool_)
    return np.array([block[s : s + 80].lstrip().startswith(_COMMENTS) for s in starts.tolist()], np.bool_)


def find_layout(source: Source, form: str) -> tuple[Layout, list[dict[str, str]]]:
    """Look at the first lines: count line of PTS, comments, heading, separator, columns."""
    head = source.read_at(0, _HEAD_BYTES)
    whole = head if len(head) == source.size else head[: head.rfind(b"\n") + 1]
    start = 3 if whole.startswith(b"\xef\xbb\xbf") else 0
    heading: list[str] | None = None
    declared: int | None = None
    position = start
    for line in whole[start:].splitlines(keepends=True):
        text = line.strip()
        if form == "pts" and declared is None and text.isdigit():
            declared = int(text)
        elif text and not text.startswith(_COMMENTS) and not _has_words(text):
            break
        elif text:
            heading = _words(text) or heading
        position += len(line)
    body = whole[position:]
    separator, comma = _separator(source, body)
    rows, widths, _ = rows_of(
        body[: body.rfind(b"\n", 0, 256 << 10) + 1] or body, MAX_COLUMNS, comma_is_separator=comma
    )
    if not len(rows) or int(np.median(widths)) < 3:
        raise KnownError("empty-result", f"{source.name} holds no row of three numbers", "export it again")
    if declared is not None and declared * 6 > source.size:
        raise KnownError(
            "count-mismatch", f"{source.name} declares {declared:,} points in {source.size:,} bytes"
        )
    columns = int(np.median(widths))
    if columns > MAX_COLUMNS:
        raise KnownError(
            "unsupported-format",
            f"{source.name} has rows of {columns} numbers; {MAX_COLUMNS} are read",
            "export the point's place, colour and intensity",
        )
    layout = Layout(
        start=position,
        columns=columns,
        places={},
        comma_is_separator=comma,
        separator=separator,
        heading=tuple(heading) if heading else None,
        intensity=None,
        colour_top=255.0,
        declared=declared,
    )
    return _placed(layout, rows[:, :columns], form)


def _has_words(text: bytes) -> bool:
    return re.search(rb"[A-Za-df-z_]{1,}|[eE][A-Za-z]", re.sub(rb"(?i)\b(nan|inf)\b", b"", text)) is not None


def _words(text: bytes) -> list[str]:
    clean = text.decode("utf-8", "replace").lstrip("#/% ").strip()
    return [word.strip().strip('"') for word in re.split(r"[\s,;]+", clean) if word.strip()]


def _separator(source: Source, body: bytes) -> tuple[str, bool]:
    """Commas are separators unless they stand where a decimal point should."""
    lines = [line.strip() for line in body[:8192].splitlines() if line.strip()][:20]
    if lines and all(b"," in line and b"." not in line for line in lines):
        spaced = [re.split(rb"[\s;]+", line) for line in lines]
        if all(len(cells) >= 3 and b"," in cells[0] for cells in spaced):
            raise KnownError(
                "corrupt-data",
                f"{source.name} writes decimals with commas: {lines[0][:40].decode('utf-8', 'replace')!r}",
                "export it again with decimal points",
            )
    sample = lines[0] if lines else b""
    for mark, name in ((b";", "semicolon"), (b",", "comma"), (b"\t", "tab")):
        if mark in sample:
            return name, True
    return "space", True


def _placed(layout: Layout, rows: NDArray[np.float64], form: str) -> tuple[Layout, list[dict[str, str]]]:
    """Name the columns: by the heading if it fits, else by what the values look like."""
    places = _by_heading(layout)
    notes: list[dict[str, str]] = []
    if places is None:
        places = _by_values(rows, form)
        notes = [
            warning(
                "columns-guessed", f"columns taken as {', '.join(_order(places))}: the file has no heading"
            )
        ]
    changes: dict[str, Any] = {"places": places}
    if "red" in places:
        colours = rows[:, places["red"] : places["red"] + 3]
        changes["colour_top"] = colour_top(colours)
    if "intensity" in places:
        changes["intensity"] = Intensity.of(rows[:, places["intensity"]])
    return replace(layout, **changes), notes


def _order(places: dict[str, int]) -> list[str]:
    names = sorted(places, key=lambda name: places[name])
    return [word for name in names for word in (("red", "green", "blue") if name == "red" else (name,))]


def _by_heading(layout: Layout) -> dict[str, int] | None:
    if layout.heading is None or len(layout.heading) != layout.columns:
        return None
    lower = [word.lower() for word in layout.heading]
    places = {
        name: next(i for i, word in enumerate(lower) if word in words)
        for name, words in _NAMES.items()
        if any(word in words for word in lower)
    }
    if not {"x", "y", "z"} <= set(places):
        return None
    green, blue = places.pop("green", None), places.pop("blue", None)
    if "red" in places and (green, blue) != (places["red"] + 1, places["red"] + 2):
        del places["red"]
    return places


def _by_values(rows: NDArray[np.float64], form: str) -> dict[str, int]:
    """x y z, then what is left: one column intensity, three colour, four or more intensity and colour."""
    places = {"x": 0, "y": 1, "z": 2}
    columns = rows.shape[1]
    colour_like = [
        bool(
            (rows[:, c] >= 0).all() and (rows[:, c] <= 255).all() and (rows[:, c] == rows[:, c].round()).all()
        )
        for c in range(3, columns)
    ]
    if columns == 4:
        places["intensity"] = 3
    elif columns >= 7 and all(colour_like[1:4]):
        places |= {"intensity": 3, "red": 4}
    elif columns >= 6 and all(colour_like[:3]):
        places["red"] = 3
        if columns >= 7:
            places["intensity"] = 6
    elif columns >= 4 and form == "pts":
        places["intensity"] = 3
    return places
