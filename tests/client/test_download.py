"""The files of a version come back as they went: whole, in their folders, and after any break."""

import hashlib
import json
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from heritwin import Api
from heritwin.downloading import DigestError, fetch, place_of
from heritwin.errors import ClientError
from heritwin.settings import Settings
from stack.started import Started
from tests.client.conftest import Command
from tests.client.test_cuts import add_subject, said
from tests.processing.meshes.making import sphere, write_obj
from tests.support.line import line_to

LARGE = "m/tháp, 50%.bin"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, and a large file that nothing refers to in a folder beside it."""
    folder = tmp_path_factory.mktemp("model")
    write_obj(folder / "tower.obj", *sphere(4))
    (folder / "m").mkdir()
    block = hashlib.sha256(b"block").digest()
    (folder / LARGE).write_bytes(block * (6 * 2**20 // len(block)))
    return folder


@pytest.fixture(scope="module")
def version(api: Api, start: Command, model: Path) -> dict:
    add_subject(api, "tower", "Tháp")
    made = said(start("upload", "tower/model", str(model), "--kind", "mesh", "--json"))
    return api.get(f"/v1/versions/{made['version']['id']}")


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_it_fetches_what_was_sent_once(command: Command, version: dict, model: Path, tmp_path: Path):
    words = ("download", version["id"], "-o", str(tmp_path / "here"), "--json")
    first, second = said(command(*words)), said(command(*words))

    assert files_of(tmp_path / "here") == files_of(model)
    assert {file["was_there"] for file in first["files"]} == {False}
    assert {file["was_there"] for file in second["files"]} == {True}


def test_it_goes_on_where_it_was(api: Api, version: dict, model: Path, tmp_path: Path):
    sent = (model / LARGE).read_bytes()
    part = tmp_path / (LARGE + ".part")
    part.parent.mkdir()
    part.write_bytes(sent[:5_000_000])
    asked = []
    blocks = api.blocks

    def counted(path: str, *, first: int = 0):
        for block in blocks(path, first=first):
            asked.append((path, len(block)))
            yield block

    api.blocks = counted
    try:
        fetch(api, version, tmp_path)
    finally:
        del api.blocks
    assert (tmp_path / LARGE).read_bytes() == sent
    assert not part.exists()
    assert sum(size for path, size in asked if path.endswith(".bin")) == len(sent) - 5_000_000


def test_it_goes_on_by_itself_when_the_line_breaks(
    stack: Started, version: dict, model: Path, tmp_path: Path
):
    url = urlsplit(stack.address)
    with line_to(url.hostname, url.port) as line:
        behind = f"http://{url.hostname}:{line.port}"
        with Api(Settings(server=behind, key=stack.admin_key)) as api:
            api.get("/v1/me")
            # Cut in the middle of the file, and mended once somebody has tried in vain.
            line.cut_after(b"HTTP/1.1", later=20)
            line.refused.clear()
            mending = Thread(target=lambda: (line.refused.wait(60), line.mend()))
            mending.start()
            fetch(api, version, tmp_path)
            mending.join()
    assert line.refused.is_set()
    assert files_of(tmp_path) == files_of(model)


def test_it_fetches_anew_what_was_begun_of_another_file(api: Api, version: dict, model: Path, tmp_path: Path):
    part = tmp_path / (LARGE + ".part")
    part.parent.mkdir()
    part.write_bytes(bytes(1000))
    fetch(api, version, tmp_path)
    assert (tmp_path / LARGE).read_bytes() == (model / LARGE).read_bytes()


def test_it_keeps_nothing_that_is_not_what_was_promised(api: Api, version: dict, tmp_path: Path):
    other = json.loads(json.dumps(version))
    other["files"][0]["sha256"] = "0" * 64
    with pytest.raises(DigestError, match="was promised"):
        fetch(api, other, tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("path", ["../x", "/x", "a/../../x", "C:/x", "a\\..\\x", ""])
def test_it_writes_nothing_outside_its_folder(path: str, tmp_path: Path):
    with pytest.raises(ClientError, match="would leave"):
        place_of(tmp_path, path)
