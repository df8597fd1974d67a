"""Control points from a plain CSV."""

from __future__ import annotations

import csv
from pathlib import Path

from heritwin.api import Json
from heritwin.errors import ClientError


def read_control(path: Path) -> list[Json]:
    """Control points from CSV rows ``name,x,y,z,X,Y,Z``; a header line is skipped.

    Raises
    ------
    ClientError
        If a row has another shape, naming the row.
    """
    marks: list[Json] = []
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for number, row in enumerate(csv.reader(stream), 1):
            if not row or (number == 1 and not _is_number(row[-1])):
                continue
            if len(row) != 7 or not all(_is_number(cell) for cell in row[1:]):
                raise ClientError(
                    f"{path}, line {number}: needs name,x,y,z,X,Y,Z, got {','.join(row)[:80]}",
                    hint="Use a point as decimal mark, metres, and one mark a line.",
                )
            values = [float(cell) for cell in row[1:]]
            marks.append({"name": row[0], "moving": values[:3], "fixed": values[3:]})
    return marks


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
