"""The room as a curious surveyor uses it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from tests.processing.points.making import surface


def room(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "processing", *map(str, arguments)],
        cwd=cwd,
        env={
            "PYTHONPATH": str(Path(__file__).parents[3]),
            "PATH": "/usr/bin:/bin",
            "NUMBA_CACHE_DIR": os.environ["NUMBA_CACHE_DIR"],
        },
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_it_answers_one_json_object_and_tells_progress_on_stderr(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "scan.xyz", surface(2000), fmt="%.3f")
    done = room("inspect", "scan.xyz", cwd=tmp_path)
    assert done.returncode == 0
    (line,) = done.stdout.splitlines()
    answer = json.loads(line)
    assert (answer["schema"], answer["ok"], answer["points"]) == (1, True, 2000)
    assert answer["seconds"] > 0
    assert answer["peak_mib"] > 0
    told = [json.loads(text) for text in done.stderr.splitlines()]
    assert {"stage": "reading", "done": 2000, "total": None, "unit": "points"} in told


def test_it_names_what_is_wrong_and_exits_65(tmp_path: Path) -> None:
    (tmp_path / "scan.laz").write_bytes(b"")
    done = room("inspect", "scan.laz", cwd=tmp_path)
    assert done.returncode == 65
    error = json.loads(done.stdout)["error"]
    assert (error["kind"], "scan.laz" in error["message"]) == ("empty-file", True)
    assert error["hint"]


def test_it_exits_2_on_wrong_usage(tmp_path: Path) -> None:
    assert room("inspect", cwd=tmp_path).returncode == 2
    assert room("dance", cwd=tmp_path).returncode == 2
    assert room("decimate", "a.obj", "b.glb", cwd=tmp_path).returncode == 2


def test_it_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    done = room("inspect", "nothing.las", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["error"]["kind"]) == (65, "invalid-arguments")


def test_it_writes_a_plain_folder_of_tiles(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "scan.xyz", surface(3000), fmt="%.3f")
    done = room("tile", "scan.xyz", "tiles", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "tiles/tileset.json").exists()
    assert (tmp_path / "tiles/tiles/0-0-0-0.glb").exists()


def test_it_keeps_prints_of_libraries_out_of_the_answer(tmp_path: Path) -> None:
    script = (
        "import os; from processing.room.cli import keep_stdout; out = keep_stdout();"
        "os.write(1, b'chatter'); print('more'); out.write('answer'); out.flush()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == "answer"
    assert "chatter" in done.stderr
