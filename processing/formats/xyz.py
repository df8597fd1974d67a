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
from processing.formats.text_numbers import line_blocks, rows_of, sampled_blocks
from processing.room.sources import Source

MAX_COLUMNS = 32
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
    intensity_scale: tuple[float, float]
    colour_scale: float
    declared: int | None


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
            attributes=tuple(name for name, _ in named),
            warnings=tuple(warnings),
            details={
                "separator": self.layout.separator,
                "heading": list(self.layout.heading) if self.layout.heading else None,
                "columns": {name: place + 1 for name, place in named},
                "columns_in_file": self.layout.columns,
            },
        )

    def chunks(self, *, everything: bool = False) -> Iterator[PointChunk]:
        """Read every row; a PTS count that does not agree is an error at the end."""
        seen = 0
        for block in line_blocks(self._source, self.layout.start):
            for chunk in self._of_block(block):
                seen += len(chunk.xyz)
                yield chunk
        if self.layout.declared is not None and seen != self.layout.declared:
            raise KnownError(
                "count-mismatch",
                f"{self._source.name} declares {self.layout.declared:,} points and holds {seen:,}",
                "the export was cut off or joined; export it again",
            )

    def sample(self, points: int) -> Iterator[PointChunk]:
        """Read rows out of blocks spread over the file."""
        row_bytes = 8 * self.layout.columns
        for block in sampled_blocks(self._source, self.layout.start, points * row_bytes):
            yield from self._of_block(block)

    def _of_block(self, block: bytes) -> Iterator[PointChunk]:
        layout = self.layout
        rows, widths, starts = rows_of(block, layout.columns, comma_is_separator=layout.comma_is_separator)
        comments = _are_comments(block, starts)
        doubtful = ~comments & ((widths < 3) | np.isnan(rows[:, :3]).all(axis=1))
        for at in starts[doubtful].tolist():
            line = block[at : at + 60].split(b"\n", 1)[0].decode("utf-8", "replace")
            # A scanner may write "nan nan nan" for no return; anything else is no point.
            if "nan" not in line.lower():
                raise KnownError("corrupt-data", f"{self._source.name} has a line that is no point: {line!r}")
        rows = rows[~comments]
        for at in range(0, len(rows), CHUNK_POINTS):
            yield _chunk(rows[at : at + CHUNK_POINTS], layout)


def _are_comments(block: bytes, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not any(mark in block for mark in _COMMENTS):
        return np.zeros(len(starts), np.bool_)
    return np.array([block[s : s + 80].lstrip().startswith(_COMMENTS) for s in starts.tolist()], np.bool_)


def _chunk(rows: NDArray[np.float64], layout: Layout) -> PointChunk:
    places = layout.places
    rgb = intensity = classes = None
    if "red" in places:
        colours = rows[:, places["red"] : places["red"] + 3] * layout.colour_scale
        rgb = np.clip(np.nan_to_num(colours), 0, 255).round().astype(np.uint8)
    if "intensity" in places:
        low, scale = layout.intensity_scale
        values = np.nan_to_num(rows[:, places["intensity"]] - low) * scale
        intensity = np.clip(values, 0, 65535).round().astype(np.uint16)
    if "classification" in places:
        classes = np.clip(np.nan_to_num(rows[:, places["classification"]]), 0, 255).astype(np.uint8)
    xyz = np.ascontiguousarray(rows[:, [places["x"], places["y"], places["z"]]])
    return PointChunk(xyz=xyz, rgb=rgb, intensity=intensity, classification=classes)


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
    columns = min(int(np.median(widths)), MAX_COLUMNS)
    layout = Layout(
        start=position,
        columns=columns,
        places={},
        comma_is_separator=comma,
        separator=separator,
        heading=tuple(heading) if heading else None,
        intensity_scale=(0.0, 1.0),
        colour_scale=1.0,
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
        changes["colour_scale"] = 255.0 if np.nanmax(colours, initial=0) <= 1.0 else 1.0
    if "intensity" in places:
        changes["intensity_scale"] = _intensity_scale(rows[:, places["intensity"]])
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


def _intensity_scale(values: NDArray[np.float64]) -> tuple[float, float]:
    """Leica PTS intensities are -2048..2047, others 0..1, 0..255 or 16-bit."""
    low, high = float(np.nanmin(values, initial=0)), float(np.nanmax(values, initial=0))
    if low < 0:
        return -2048.0, 65535 / 4095
    return (0.0, 65535.0) if high <= 1.0 else (0.0, 257.0) if high <= 255 else (0.0, 1.0)
