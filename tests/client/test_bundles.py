"""A model of several files arrives whole or is refused by name; a zip is taken for what it holds."""

import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from heritwin import Api
from tests.client.conftest import Command

OBJ = "mtllib roof.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\nvt 1 0\nvt 0 1\nusemtl a\nf 1/1 2/2 3/3\n"


@pytest.fixture(scope="module")
def site(api: Api) -> str:
    organisation = api.get("/v1/me")["organisations"][0]["id"]
    body = {"organisation_id": organisation, "kind": "site", "code": "bundles", "name": {"vi": "Gói"}}
    return str(api.post("/v1/subjects", body)["path"])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "roof"
    (folder / "Tex").mkdir(parents=True)
    (folder / "roof.obj").write_text(OBJ)
    (folder / "roof.mtl").write_text("newmtl a\nmap_Kd tex/roof.png\n")
    Image.new("RGB", (8, 8), (200, 80, 40)).save(folder / "Tex" / "roof.png")
    return folder


def test_it_names_a_texture_that_was_left_out_and_frees_its_room(
    api: Api, command: Command, site: str, model: Path
):
    (model / "Tex" / "roof.png").unlink()
    ran = command("upload", f"{site}/torn", str(model), "--kind", "mesh")
    _, err = ran.communicate()
    [upload] = list(api.items("/v1/uploads", state="refused"))

    assert ran.returncode == 1
    assert "missing-reference" in err
    assert "tex/roof.png" in err
    assert upload["error"]["kind"] == "missing-reference"
    assert {job["operation"] for job in api.items("/v1/jobs", version_id=upload["version_id"])} <= {
        "verify-upload",
        "bundle-version",
    }


def test_it_takes_a_zip_for_the_files_it_holds(command: Command, site: str, model: Path, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "roof.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(model.rglob("*.*")):
            archive.write(file, file.relative_to(model).as_posix())
    ran = command("upload", f"{site}/packed", str(tmp_path / "roof.zip"), "--kind", "mesh", "--json")
    out, err = ran.communicate()

    assert ran.returncode == 0, err
    version = json.loads(out)["version"]
    assert sorted(file["path"] for file in version["files"]) == ["Tex/roof.png", "roof.mtl", "roof.obj"]
    assert (version["triangles"], len(version["textures"])) == (1, 1)
