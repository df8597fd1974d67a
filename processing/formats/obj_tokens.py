"""OBJ text to numbers: one pass over the bytes, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled

# A polygon of a survey has a few corners; a line of 300,000 is an attack or an accident.
MAX_CORNERS = 10_000
MAX_INDEX = (1 << 31) - 2

OK, BAD_NUMBER, BAD_INDEX, TOO_MANY_CORNERS = 0, 1, 2, 3
VERTEX, TEXTURE, TRIANGLE, STATEMENT, SKIPPED = 0, 1, 2, 3, 4

_POWERS: npt.NDArray[np.float64] = np.array([10.0**k for k in range(309)])


@compiled()
def _is_space(c: int) -> bool:
    return c == 32 or c == 9 or c == 13


@compiled()
def parse_number(data: npt.NDArray[np.uint8], at: int, end: int) -> tuple[float, int]:
    """Read a decimal number; answers it and where it ends, or (NaN, at) where there is none.

    19 digits of mantissa are kept exactly, then scaled once: the result is within one unit in the last place.
    ``nan`` and ``inf`` are read as not finite, so that whoever asks can tell them from a bad line.
    """
    i = at
    negative = False
    if i < end and (data[i] == 45 or data[i] == 43):
        negative = data[i] == 45
        i += 1
    if i < end and (data[i] | 32) in (105, 110):
        while i < end and not _is_space(data[i]) and data[i] != 10 and data[i] != 47:
            i += 1
        return np.inf, i
    mantissa = np.uint64(0)
    digits = 0
    exponent = 0
    seen = False
    point = False
    while i < end:
        c = data[i]
        if 48 <= c <= 57:
            seen = True
            if digits < 19:
                mantissa = mantissa * np.uint64(10) + np.uint64(c - 48)
                if mantissa > 0:
                    digits += 1
                if point:
                    exponent -= 1
            elif not point:
                exponent += 1
        elif c == 46 and not point:
            point = True
        else:
            break
        i += 1
    if not seen:
        return np.nan, at
    if i < end and (data[i] | 32) == 101:
        j = i + 1
        down = False
        if j < end and (data[j] == 45 or data[j] == 43):
            down = data[j] == 45
            j += 1
        power = 0
        if j < end and 48 <= data[j] <= 57:
            while j < end and 48 <= data[j] <= 57:
                power = min(power * 10 + int(data[j]) - 48, 100000)
                j += 1
            exponent += -power if down else power
            i = j
    value = float(mantissa)
    while exponent > 0 and value != 0 and value != np.inf:
        value *= _POWERS[min(exponent, 308)]
        exponent -= min(exponent, 308)
    while exponent < 0 and value != 0:
        value /= _POWERS[min(-exponent, 308)]
        exponent += min(-exponent, 308)
    return (-value if negative else value), i


@compiled()
def _parse_index(data: npt.NDArray[np.uint8], at: int, end: int) -> tuple[int, int]:
    i = at
    negative = False
    if i < end and data[i] == 45:
        negative = True
        i += 1
    start = i
    value = 0
    while i < end and 48 <= data[i] <= 57:
        value = min(value * 10 + int(data[i]) - 48, 1 << 40)
        i += 1
    if i == start:
        return 0, at
    return (-value if negative else value), i


@compiled()
def _parse_numbers(data: npt.NDArray[np.uint8], at: int, end: int, row: npt.NDArray[np.float64]) -> int:
    """Read up to len(row) numbers of a line, the rest zero; answers how many, or -1 where a word is none."""
    count = 0
    row[:] = 0.0
    i = at
    while count < len(row):
        while i < end and _is_space(data[i]):
            i += 1
        if i >= end or data[i] == 35:
            break
        value, stop = parse_number(data, i, end)
        if stop == i or (stop < end and not _is_space(data[stop])):
            return -1
        row[count] = value
        count += 1
        i = stop
    return count


@compiled()
def scan(
    data: npt.NDArray[np.uint8],
    base: npt.NDArray[np.int64],
    vertices: npt.NDArray[np.float64],
    textures: npt.NDArray[np.float64],
    corners: npt.NDArray[np.int32],
    statements: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], int, int, int]:
    """Read whole lines of OBJ.

    ``base`` holds how many vertices and texture vertices came before; ``vertices`` (…, 6) takes x y z r g b;
    ``textures`` (…, 2); ``corners`` (…, 2) three a triangle, vertex and
    texture from 0, or -1; ``statements`` (…, 3) begin, end and the triangles before it. Polygons become fans.
    Answers the counts, a code, where it happened, and whether colours were there.
    """
    counts = np.zeros(5, np.int64)
    row = np.empty(6, np.float64)
    polygon = np.empty((MAX_CORNERS, 2), np.int64)
    coloured = 0
    i, size = 0, len(data)
    while i < size:
        while i < size and (_is_space(data[i]) or data[i] == 10):
            i += 1
        line = i
        while i < size and data[i] != 10:
            i += 1
        end = i
        if end - line < 2:
            continue
        first = data[line]
        second = data[line + 1]
        if first == 118 and _is_space(second):
            found = _parse_numbers(data, line + 2, end, row)
            if found < 3:
                return counts, BAD_NUMBER, line, coloured
            vertices[counts[VERTEX], :6] = row
            coloured |= int(found == 6)
            counts[VERTEX] += 1
        elif first == 118 and second == 116:
            found = _parse_numbers(data, line + 2, end, row[:3])
            if found < 1:
                return counts, BAD_NUMBER, line, coloured
            textures[counts[TEXTURE]] = row[:2]
            counts[TEXTURE] += 1
        elif first == 102 and _is_space(second):
            have_v = base[0] + counts[VERTEX]
            have_t = base[1] + counts[TEXTURE]
            found, code = _parse_face(data, line + 2, end, have_v, have_t, polygon)
            if code != OK:
                return counts, code, line, coloured
            if found < 3:
                counts[SKIPPED] += 1
                continue
            _fan(polygon, found, corners, counts[TRIANGLE] * 3)
            counts[TRIANGLE] += found - 2
        elif first == 117 or first == 109:
            n = counts[STATEMENT]
            statements[n, 0], statements[n, 1], statements[n, 2] = line, end, counts[TRIANGLE]
            counts[STATEMENT] += 1
    return counts, OK, 0, coloured


@compiled()
def _fan(polygon: npt.NDArray[np.int64], found: int, corners: npt.NDArray[np.int32], n: int) -> None:
    for k in range(1, found - 1):
        for column in range(2):
            corners[n, column] = polygon[0, column]
            corners[n + 1, column] = polygon[k, column]
            corners[n + 2, column] = polygon[k + 1, column]
        n += 3


@compiled()
def _parse_face(
    data: npt.NDArray[np.uint8],
    at: int,
    end: int,
    have_v: int,
    have_t: int,
    polygon: npt.NDArray[np.int64],
) -> tuple[int, int]:
    """Read ``v``, ``v/t``, ``v//n`` or ``v/t/n`` corners; negative numbers count back from the last."""
    i = at
    count = 0
    while True:
        while i < end and _is_space(data[i]):
            i += 1
        if i >= end or data[i] == 35:
            return count, OK
        if count >= len(polygon):
            return count, TOO_MANY_CORNERS
        value, stop = _parse_index(data, i, end)
        v = value - 1 if value > 0 else have_v + value
        if stop == i or value == 0 or v < 0 or v > MAX_INDEX:
            return count, BAD_INDEX
        t = -1
        i = stop
        if i < end and data[i] == 47:
            value, stop = _parse_index(data, i + 1, end)
            if stop > i + 1:
                t = value - 1 if value > 0 else have_t + value
                if value == 0 or t < 0 or t > MAX_INDEX:
                    return count, BAD_INDEX
            i = max(stop, i + 1)
            while i < end and not _is_space(data[i]):
                i += 1
        polygon[count, 0] = v
        polygon[count, 1] = t
        count += 1


@compiled()
def count_faces(data: npt.NDArray[np.uint8]) -> tuple[int, bool]:
    """Count the triangles of lines ``f …`` without reading a number; say whether texture vertices occur."""
    triangles = 0
    textured = False
    i, size = 0, len(data)
    while i < size:
        while i < size and (_is_space(data[i]) or data[i] == 10):
            i += 1
        is_face = i + 1 < size and data[i] == 102 and _is_space(data[i + 1])
        corners = 0
        i += int(is_face)
        while is_face and i < size and data[i] != 10:
            word = not _is_space(data[i])
            corners += int(word and _is_space(data[i - 1]))
            # "1/2" and "1/-2"; "1//2" has a normal alone.
            textured |= data[i - 1] == 47 and data[i - 2] != 47 and data[i] != 47 and word
            i += 1
        while i < size and data[i] != 10:
            i += 1
        triangles += max(corners - 2, 0)
    return triangles, textured


@compiled()
def split_corners(
    corners: npt.NDArray[np.int32], materials: npt.NDArray[np.uint16], vertices: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Give each different (vertex, texture vertex, material) a number of its own.

    ``corners`` (3 m, 2), ``materials`` (m,). Answers the number of each corner (3 m,), and the rows (k, 3) of
    vertex, texture vertex and material. Rows of one vertex are chained, which is short where seams are few.
    """
    head = np.full(vertices, -1, np.int32)
    chain = np.empty(len(corners), np.int32)
    rows = np.empty((len(corners), 3), np.int32)
    numbers = np.empty(len(corners), np.uint32)
    count = 0
    for i in range(len(corners)):
        v = corners[i, 0]
        t = corners[i, 1]
        m = materials[i // 3]
        at = head[v]
        while at >= 0 and not (rows[at, 1] == t and rows[at, 2] == m):
            at = chain[at]
        if at < 0:
            rows[count, 0] = v
            rows[count, 1] = t
            rows[count, 2] = m
            chain[count] = head[v]
            head[v] = count
            at = count
            count += 1
        numbers[i] = at
    return numbers, rows[:count].copy()
