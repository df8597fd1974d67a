"""A cloud tiled by several: the same tiles as one makes, whoever makes the parts and in what order."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.room.inputs import Inputs
from processing.room.sources import FileSource
from processing.verbs import verb
from tests.processing.points.making import inputs, surface, write_las

POINTS = 400_000
GROUP_POINTS = 60_000


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cloud in a file."""
    path = tmp_path_factory.mktemp("scan") / "scan.las"
    write_las(path, surface(POINTS))
    return path


@pytest.fixture(scope="module")
def spread(scan: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    """The cloud spread, and all its groups tiled, the last first."""
    folder = tmp_path_factory.mktemp("spread")
    result = spread_into(folder, scan)
    for group in reversed(result["groups"]):
        part(folder, group["number"])
    return folder, result


def spread_into(folder: Path, scan: Path, group_points: int = GROUP_POINTS) -> dict:
    """Spread a cloud into a folder."""
    return verb("spread")(inputs(scan), {"group_points": group_points}, folder, SilentProgress())


def part(folder: Path, number: int) -> dict:
    """Tile one group of a spread cloud."""
    out = folder / "parts" / f"{number:04d}"
    out.mkdir(parents=True)
    return verb("tile-group")(inputs(folder), {"group": number}, out, SilentProgress())


def join(folder: Path, out: Path) -> dict:
    """Join the parts in a folder."""
    out.mkdir()
    return verb("join-tiles")(inputs(folder), {}, out, SilentProgress())


def pieces(folder: Path, packs: Path) -> dict[str, str]:
    """Digest of every piece of a packed tileset, by key."""
    index = json.loads((folder / "index.json").read_bytes())
    found = {}
    for key, (number, offset, length, _) in index["entries"].items():
        name = index["packs"][number]
        with ((packs if name.startswith("parts/") else folder) / name).open("rb") as file:
            file.seek(offset)
            found[key] = hashlib.sha256(file.read(length)).hexdigest()
    return found


def test_it_makes_the_same_tiles_as_one_worker(scan: Path, spread: tuple, tmp_path: Path) -> None:
    folder, _ = spread
    one = verb("tile")(inputs(scan), {"packed": True}, tmp_path / "one", SilentProgress())
    many = join(folder, tmp_path / "many")

    assert len(pieces(tmp_path / "many", folder)) > 10
    assert pieces(tmp_path / "many", folder) == pieces(tmp_path / "one", folder)
    assert {key: many[key] for key in one if key != "files"} == {
        key: one[key] for key in one if key != "files"
    }


def test_it_makes_the_same_tiles_however_large_the_groups(scan: Path, spread: tuple, tmp_path: Path) -> None:
    folder, _ = spread
    other = tmp_path / "other"
    other.mkdir()
    groups = spread_into(other, scan, 100_000)["groups"]
    for group in groups:
        part(other, group["number"])

    assert len(groups) == 5
    assert join(other, tmp_path / "a")["content_sha256"] == join(folder, tmp_path / "b")["content_sha256"]
    assert pieces(tmp_path / "a", other) == pieces(tmp_path / "b", folder)


def test_it_cuts_the_same_groups_whatever_the_order_of_points(spread: tuple, tmp_path: Path) -> None:
    folder, result = spread
    shuffled = tmp_path / "scan.las"
    write_las(shuffled, surface(POINTS)[np.random.default_rng(9).permutation(POINTS)])
    again = spread_into(tmp_path, shuffled)

    assert again["groups"] == result["groups"]
    assert (
        json.loads((tmp_path / "spread.json").read_text())["plan"]
        == json.loads((folder / "spread.json").read_text())["plan"]
    )


def test_it_makes_the_same_part_twice(spread: tuple, tmp_path: Path) -> None:
    folder, _ = spread
    first = folder / "parts" / "0002"
    out = tmp_path / "again"
    out.mkdir()
    verb("tile-group")(inputs(folder), {"group": 2}, out, SilentProgress())

    assert {path.name: path.read_bytes() for path in out.iterdir()} == {
        path.name: path.read_bytes() for path in first.iterdir()
    }


def test_it_keeps_groups_within_their_size_and_all_points(spread: tuple) -> None:
    folder, result = spread
    sizes = [group["points"] for group in result["groups"]]

    assert sum(sizes) == result["points"] == POINTS
    assert max(sizes) <= GROUP_POINTS
    assert [(folder / group["file"]).stat().st_size for group in result["groups"]] == [
        16 * points for points in sizes
    ]


def test_it_joins_nothing_while_a_part_is_missing(spread: tuple, tmp_path: Path) -> None:
    folder, _ = spread
    shutil.copytree(folder, tmp_path / "work")
    shutil.rmtree(tmp_path / "work/parts/0001")

    with pytest.raises(KnownError, match=r"parts/0001/part\.json") as caught:
        join(tmp_path / "work", tmp_path / "out")
    assert caught.value.kind == "missing-reference"


def spoilt(folder: Path, table: str, change: object) -> None:
    """Change a table of a copy."""
    content = json.loads((folder / table).read_text())
    change(content)
    (folder / table).write_text(json.dumps(content))


SPOILT = {
    "another part's table": ("corrupt-data", lambda part: part.update(group=3)),
    "a tile left out": ("corrupt-data", lambda part: part["digests"].popitem()),
    "a node left out": ("count-mismatch", lambda part: part["nodes"].popitem()),
    "too few records above": ("count-mismatch", lambda part: part["upward"].pop()),
    "more records than there are": ("truncated", lambda part: part["upward"][-1].__setitem__(1, 10**9)),
    "no schema": ("corrupt-data", lambda part: part.pop("schema")),
    "a place of three numbers": ("corrupt-data", lambda part: part["upward"][0][0].pop()),
}


@pytest.mark.parametrize("name", SPOILT)
def test_it_refuses_a_part_that_is_not_what_it_says(spread: tuple, tmp_path: Path, name: str) -> None:
    folder, _ = spread
    kind, change = SPOILT[name]
    shutil.copytree(folder, tmp_path / "work")
    spoilt(tmp_path / "work", "parts/0001/part.json", change)

    with pytest.raises(KnownError) as caught:
        join(tmp_path / "work", tmp_path / "out")
    assert caught.value.kind == kind


def test_it_refuses_chunks_that_are_cut_short(spread: tuple, tmp_path: Path) -> None:
    folder, _ = spread
    for name in ("spread.json", "chunks-0000.bin"):
        shutil.copy(folder / name, tmp_path / name)
    chunks = tmp_path / "chunks-0000.bin"
    chunks.write_bytes(chunks.read_bytes()[:-16])

    with pytest.raises(KnownError) as caught:
        part(tmp_path, 0)
    assert caught.value.kind == "truncated"


def test_it_refuses_records_of_another_chunk(spread: tuple, tmp_path: Path) -> None:
    folder, _ = spread
    shutil.copy(folder / "spread.json", tmp_path / "spread.json")
    size = (folder / "chunks-0000.bin").stat().st_size
    (tmp_path / "chunks-0000.bin").write_bytes((folder / "chunks-0003.bin").read_bytes().ljust(size)[:size])

    with pytest.raises(KnownError) as caught:
        part(tmp_path, 0)
    assert caught.value.kind == "corrupt-data"


@pytest.mark.parametrize("arguments", [{}, {"group": -1}, {"group": 99}, {"group": "0"}])
def test_it_says_which_groups_there_are(spread: tuple, tmp_path: Path, arguments: dict) -> None:
    folder, result = spread
    with pytest.raises(KnownError, match="no group") as caught:
        verb("tile-group")(inputs(folder), arguments, tmp_path, SilentProgress())
    assert str(len(result["groups"]) - 1) in str(caught.value.hint)


def test_it_reads_only_the_chunks_of_its_own_group(spread: tuple, tmp_path: Path) -> None:
    folder, _ = spread
    wanted = [item for item in inputs(folder) if item.path in ("spread.json", "chunks-0001.bin")]
    verb("tile-group")(Inputs(tuple(wanted)), {"group": 1}, tmp_path, SilentProgress())

    assert all(isinstance(item.source, FileSource) for item in wanted)
    assert (tmp_path / "part.json").read_bytes() == (folder / "parts/0001/part.json").read_bytes()
