"""Every file of the manifest has the outcome the table says; supported scans come out as whole tilesets."""

import json
from pathlib import Path

import pytest

from processing.errors import KnownError
from processing.progress import Progress
from processing.room.inputs import Inputs, from_paths
from processing.room.run import known
from processing.verbs import verb
from tests.real.outcomes import READ, REFUSED
from tests.strangers.reading import leaves_and_all, read_all

# Small faces of this model fall together on the grid of its tiles; the tiler says how many.
COLLAPSED = {"mesh/counterXP.3MF": 526}
TILED = [name for name in READ if name.startswith(("mesh/", "cloud/"))]


def run(name: str, file: Path, out: Path) -> dict:
    """One verb on one file, as the command line would run it; a failure as the room would name it."""
    try:
        return verb(name)(Inputs(tuple(from_paths([file]))), {}, out, Progress())
    except BaseException as error:
        raise known(error) from error


def test_it_visits_every_file_of_the_manifest(shared_data: Path):
    manifest = json.loads((shared_data / "MANIFEST.json").read_text("utf-8"))

    assert {entry["file"] for entry in manifest} == READ.keys() | REFUSED.keys()


@pytest.mark.parametrize("name", READ)
def test_it_inspects(name: str, shared_data: Path, tmp_path: Path):
    result = run("inspect", shared_data / name, tmp_path)

    assert (result["kind"], result["format"], result.get("points") or result.get("triangles")) == READ[name]


@pytest.mark.parametrize("name", REFUSED)
def test_it_refuses_by_kind(name: str, shared_data: Path, tmp_path: Path):
    with pytest.raises(KnownError) as refusal:
        run("inspect", shared_data / name, tmp_path)

    assert refusal.value.kind == REFUSED[name]
    # What must be refused must not be refused by accident.
    assert Path(name).name in str(refusal.value) or refusal.value.kind in {
        "non-finite",
        "index-out-of-range",
        "corrupt-data",
        "too-large",
    }


@pytest.mark.parametrize("name", TILED)
def test_it_tiles_so_that_a_stranger_finds_everything(name: str, shared_data: Path, tmp_path: Path):
    kind, _, count = READ[name]
    run("tile", shared_data / name, tmp_path)
    finest, every = leaves_and_all(tmp_path)

    read = read_all(every)

    assert [one.issues for one in read if one.errors] == []
    wanted = count - COLLAPSED.get(name, 0)
    found = [one for one in read if one.path in finest]
    assert sum(one.points if kind == "point_cloud" else one.triangles for one in found) == wanted


@pytest.mark.parametrize("name", [name for name in TILED if READ[name][0] == "mesh"])
def test_it_makes_levels_that_a_stranger_can_read(name: str, shared_data: Path, tmp_path: Path):
    levels = {level["name"]: level for level in run("lod", shared_data / name, tmp_path)["levels"]}

    read = {one.path.stem: one for one in read_all(sorted(tmp_path.glob("*.glb")))}

    assert read.keys() == levels.keys() | {"plain-10"}
    assert [one.issues for one in read.values() if one.errors] == []
    assert {stem: read[stem].triangles for stem in levels} == {
        stem: level["triangles"] for stem, level in levels.items()
    }
