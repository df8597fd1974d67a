"""Files cut anywhere: a kind every time, and never a part passed off as the whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.room.run import known
from processing.verbs import verb
from tests.processing.formats.samples import SAMPLES
from tests.processing.points.making import inputs

CUTS = 40
# Formats that do not say how many points they hold: a cut between two rows cannot be seen.
COUNTLESS = {"table.xyz"}
REFUSALS = {
    "empty-file", "empty-result", "truncated", "invalid-header", "count-mismatch", "corrupt-data",
    "unknown-format",
}  # fmt: skip


def positions(data: bytes) -> list[int]:
    """Forty places over the file, every header's beginning and end, and every byte of the last few."""
    marks = (0, 4, 48, 104, 179, 226, 227, 228, 235, 247, 374, 375, 376, 377, 429, 1023, 1024, 1025)
    headings = [
        at + shift
        for word in (b"end_header", b"DATA ", b"\n")
        for at in [data.find(word)]
        for shift in (0, 1)
    ]
    spread = range(1, len(data), max(1, len(data) // CUTS))
    ends = range(len(data) - 24, len(data))
    return sorted({at for at in (*marks, *headings, *spread, *ends) if 0 <= at < len(data)})


def outcome(path: Path, out: Path) -> str:
    """Name the kind of refusal, or ``read``, or ``read with a warning``."""
    try:
        result = verb("inspect")(inputs(path), {}, out, SilentProgress())
    # What a parser may throw besides known errors is just what this looks for.
    except BaseException as error:  # noqa: BLE001
        return known(error).kind
    said = {note["kind"] for note in result["warnings"]}
    return "read with a warning" if "last-line-open" in said else "read"


@pytest.mark.parametrize("name", SAMPLES)
def test_it_never_takes_a_part_for_the_whole(tmp_path: Path, name: str) -> None:
    whole = SAMPLES[name](tmp_path / name).read_bytes()
    cut = tmp_path / f"cut{''.join(Path(name).suffixes)}"
    wrong = {}
    for at in positions(whole):
        cut.write_bytes(whole[:at])
        found = outcome(cut, tmp_path / "out")
        between_rows = name in COUNTLESS and found == "read" and whole[at - 1 : at] == b"\n"
        if not between_rows and found not in REFUSALS | {"read with a warning"}:
            wrong[at] = found
    assert wrong == {}


@pytest.mark.parametrize("name", SAMPLES)
def test_it_takes_the_whole_for_whole(tmp_path: Path, name: str) -> None:
    result = verb("inspect")(inputs(SAMPLES[name](tmp_path / name)), {}, tmp_path / "out", SilentProgress())
    said = {note["kind"] for note in result["warnings"]}
    assert said <= {"unknown-crs", "columns-guessed", "invalid-points"}


@pytest.mark.parametrize("name", ["new.laz", "two.e57", "binary.ply"])
def test_it_tiles_nothing_of_a_part(tmp_path: Path, name: str) -> None:
    whole = SAMPLES[name](tmp_path / name).read_bytes()
    cut = tmp_path / f"cut{Path(name).suffix}"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(KnownError):
        verb("tile")(inputs(cut), {}, tmp_path / "out", SilentProgress())
    assert not (tmp_path / "out" / "tileset.json").exists()
