"""Numbers out of text, fast: whole blocks of lines into float64 rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from processing.errors import KnownError
from processing.formats.cloud import warning
from processing.geometry.compiled import compiled
from processing.room.sources import Source

BLOCK_BYTES = 8 << 20
MAX_LINE_BYTES = 1 << 20

# 10**0 .. 10**22 are exact in float64; beyond, the last digit may differ from strtod's by one unit.
_POWERS = np.array([10.0**i for i in range(309)])


@compiled()
def parse_number(text: NDArray[np.uint8], start: int, end: int, powers: NDArray[np.float64]) -> float:
    """Read one number of text[start:end]; what is no number answers NaN (so does the word nan)."""
    i = start
    negative = False
    if i < end and (text[i] == 45 or text[i] == 43):
        negative = text[i] == 45
        i += 1
    mantissa = np.uint64(0)
    digits, exponent, seen, dot = 0, 0, False, False
    while i < end:
        c = text[i]
        if 48 <= c <= 57:
            seen = True
            if digits < 18:
                mantissa = mantissa * np.uint64(10) + np.uint64(c - 48)
                if mantissa != np.uint64(0):
                    digits += 1
                if dot:
                    exponent -= 1
            elif not dot:
                exponent += 1
        elif c == 46 and not dot:
            dot = True
        else:
            break
        i += 1
    if not seen:
        return np.nan
    if i < end and (text[i] == 101 or text[i] == 69):
        i += 1
        below = False
        if i < end and (text[i] == 45 or text[i] == 43):
            below = text[i] == 45
            i += 1
        power, some = 0, False
        while i < end and 48 <= text[i] <= 57:
            power = min(power * 10 + int(text[i]) - 48, 9999)
            some = True
            i += 1
        if not some:
            return np.nan
        exponent += -power if below else power
    if i != end:
        return np.nan
    value = float(mantissa)
    if exponent < -308:
        value = value / powers[308] / powers[min(-exponent - 308, 308)]
    elif exponent < 0:
        value = value / powers[-exponent]
    elif exponent > 308:
        value = np.inf if value > 0 else 0.0
    else:
        value = value * powers[exponent]
    return -value if negative else value


@compiled()
def parse_rows(
    text: NDArray[np.uint8],
    rows: NDArray[np.float64],
    widths: NDArray[np.int32],
    starts: NDArray[np.int64],
    comma_is_separator: bool,
    powers: NDArray[np.float64],
) -> int:
    """Fill rows with the numbers of each line that is not blank; answer how many lines there were.

    ``widths`` gets the number of cells of each line, ``starts`` its offset. Cells past the width of
    ``rows`` are counted and not kept.
    """
    n, i, length, columns = 0, 0, len(text), rows.shape[1]
    while i < length:
        line = i
        while i < length and text[i] != 10:
            i += 1
        end = i
        i += 1
        at, cells = line, 0
        while at < end:
            c = text[at]
            if c == 32 or c == 9 or c == 13 or c == 59 or (comma_is_separator and c == 44):
                at += 1
                continue
            first = at
            while at < end:
                c = text[at]
                if c == 32 or c == 9 or c == 13 or c == 59 or (comma_is_separator and c == 44):
                    break
                at += 1
            if cells < columns:
                rows[n, cells] = parse_number(text, first, at, powers)
            cells += 1
        if cells:
            widths[n] = cells
            starts[n] = line
            n += 1
    return n


def rows_of(
    text: bytes | NDArray[np.uint8], columns: int, *, comma_is_separator: bool = True
) -> tuple[NDArray[np.float64], NDArray[np.int32], NDArray[np.int64]]:
    """Parse a block of whole lines into (n, columns) numbers, cells per line, and offsets of lines."""
    data = np.frombuffer(text, np.uint8) if isinstance(text, bytes) else text
    lines = int(np.count_nonzero(data == 10)) + 1
    rows = np.full((lines, columns), np.nan)
    widths = np.zeros(lines, np.int32)
    starts = np.zeros(lines, np.int64)
    n = parse_rows(data, rows, widths, starts, comma_is_separator, _POWERS)
    return rows[:n], widths[:n], starts[:n]


def check_numbers(source: Source, block: bytes, rows: NDArray[np.float64], starts: NDArray[np.int64]) -> None:
    """Refuse a row in which something else than ``nan`` or ``inf`` stands for a number.

    Raises
    ------
    KnownError
        ``corrupt-data``, with the line.
    """
    for at in starts[np.isnan(rows).any(axis=1)].tolist():
        line = block[at : at + 4096].split(b"\n", 1)[0]
        # A scanner may write "nan nan nan" for no return; anything else is no point.
        if not (b"nan" in line.lower() or b"inf" in line.lower()):
            text = line[:60].decode("utf-8", "replace")
            raise KnownError(
                "corrupt-data", f"{source.name} has a line that is no point: {text!r}", "export it again"
            )


def last_line_open(source: Source) -> list[dict[str, str]]:
    """Warn if the file does not end with a line's end: then its last number may be cut short."""
    if source.read_at(source.size - 1, 1) in (b"\n", b"\r"):
        return []
    tail = source.read_at(max(0, source.size - 60), 60).split(b"\n")[-1].decode("utf-8", "replace")
    text = f"the file ends inside a line, {tail!r}: it may have been cut off"
    return [warning("last-line-open", text)]


def line_blocks(source: Source, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Read a file in blocks of about 8 MiB that end with a line's end."""
    stop = source.size if end is None else end
    rest = b""
    position = start
    while position < stop:
        block = source.read_at(position, min(BLOCK_BYTES, stop - position))
        if not block:
            break
        position += len(block)
        block = rest + block
        cut = block.rfind(b"\n") + 1
        if cut == 0 and len(block) > MAX_LINE_BYTES:
            raise KnownError("corrupt-data", f"{source.name}: a line of more than {MAX_LINE_BYTES:,} bytes")
        rest = block[cut:]
        if cut:
            yield block[:cut]
    if rest:
        yield rest


def sampled_blocks(
    source: Source, start: int, wanted_bytes: int, block_bytes: int = 64 << 10
) -> Iterator[bytes]:
    """Read whole lines out of blocks spread over the file, together about ``wanted_bytes``."""
    span = source.size - start
    blocks = max(1, wanted_bytes // block_bytes)
    if blocks * block_bytes >= span:
        yield from line_blocks(source, start)
        return
    for i in range(blocks):
        at = start + int(span * i / blocks)
        block = source.read_at(at, block_bytes)
        first = 0 if at == start else block.find(b"\n") + 1
        last = block.rfind(b"\n") + 1
        if first < last:
            yield block[first:last]


def warm() -> None:
    """Compile this module's kernels."""
    rows_of(b"1 2 3\n", 3)
