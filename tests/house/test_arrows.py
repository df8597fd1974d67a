"""The arrows of the house hold at run time too: what one import drags in."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    ("module", "refused"),
    [
        ("storage", {"numpy", "celery", "fastapi", "open3d", "trimesh"}),
        ("service.app", {"numpy", "celery", "open3d", "trimesh", "laspy"}),
        ("processing.room.run", {"sqlalchemy", "celery", "httpx", "boto3", "open3d"}),
    ],
)
def test_it_imports_a_package_without_what_does_not_belong_there(module: str, refused: set[str]):
    listed = f"import {module}, sys; print(sorted({refused!r} & set(sys.modules)))"
    ran = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


def test_it_finds_our_storage_even_outside_the_checkout(tmp_path):
    # A stranger's top-level package called storage would win if ours were not installed properly.
    ran = subprocess.run(
        [sys.executable, "-I", "-c", "import storage; print(storage.__doc__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "PostgreSQL" in ran.stdout
