"""Does anything of a secret come out? Bare Open3D is the control; a child of the room is taken over."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.hostile_files import Case
from storage.objects.store import ObjectStore
from workers.room.limits import Limits
from workers.room.probe import probe
from workers.room.room import Room, RoomJob, Stop, run_in_room

READ_BARE = (
    "import base64, json, sys, numpy as np, open3d as o3d;"
    "o3d.utility.set_verbosity_level(o3d.utility.VerbosityLevel.Error);"
    "v = np.asarray(o3d.io.read_triangle_mesh(sys.argv[1]).vertices, '<f4');"
    "print(json.dumps(base64.b64encode(v.tobytes()).decode()))"
)
# Written to the folder of the job as a program of its own: what a parser that was taken over would do.
TAKEN_OVER = """
import json, os
from pathlib import Path
wanted = json.loads(Path("REQUEST.json").read_text())["steps"][0]["arguments"]
out = Path("out/step")
out.mkdir(parents=True)
seen = b""
for path in wanted["paths"]:
    try:
        seen += Path(path).read_bytes()
    except OSError:
        pass
name = out / "a.bin"
if wanted["way"] == "copy":
    name.write_bytes(seen)
elif wanted["way"] == "symlink":
    name.symlink_to(wanted["paths"][0])
elif wanted["way"] == "folder":
    out.rmdir()
    out.symlink_to(Path(wanted["paths"][0]).parent)
    name = out / Path(wanted["paths"][0]).name
elif wanted["way"] == "up":
    name = Path("out/step/../../../") / wanted["paths"][0].lstrip("/")
else:
    name.symlink_to("/proc/self/environ")
size = wanted["size"]
files = [{"path": str(name), "role": "pack", "media_type": "application/octet-stream", "bytes": size}]
step = {"id": "step", "verb": "tile", "result": {"seen": seen.decode("latin-1")}, "files": files}
Path("result.json").write_text(json.dumps({"schema": 1, "ok": True, "steps": [step], "error": None}))
"""
WAYS = ("copy", "symlink", "folder", "up", "environment")


def bare(cases: list[Case], folder: Path, token: bytes) -> int:
    """Read files with Open3D alone, in processes without a room; the bytes of the secret it gave out."""
    leaked = 0
    for case in cases:
        if case.form not in ("glb", "gltf"):
            continue
        path = folder / case.files[0][0]
        path.write_bytes(case.files[0][1])
        ran = subprocess.run(
            [sys.executable, "-c", READ_BARE, str(path)], capture_output=True, text=True, check=False
        )
        if ran.returncode == 0 and ran.stdout.strip():
            vertices = base64.b64decode(json.loads(ran.stdout.splitlines()[-1]))
            leaked += len(token) * vertices.count(token)
    return leaked


def taken_over(secret: Path, token: bytes, folder: Path) -> dict[str, Any]:
    """Run a program that wants out in the room; the bytes of the secret in what the room lets through."""
    folder.mkdir(parents=True)
    program = folder / "taken_over.py"
    program.write_text(TAKEN_OVER)
    room = Room(
        isolation=probe(), command=(sys.executable, "-I", "-B", str(program)), read_only=(folder,), threads=1
    )
    outside, kinds = 0, {}
    for way in WAYS:
        place = folder.with_name(f"{folder.name}-{way}")
        place.mkdir()
        arguments = {"way": way, "paths": [str(secret)], "size": secret.stat().st_size}
        request = {
            "schema": 1,
            "inputs": [],
            "steps": [{"id": "step", "verb": "tile", "arguments": arguments}],
        }
        job = RoomJob(folder=place, request=request, inputs={}, limits=Limits(wall_s=60))
        outcome = run_in_room(room, job, on_progress=lambda _: None, stop=Stop())
        kinds[way] = outcome.failure.kind if outcome.failure else "accepted"
        if outcome.result is not None and outcome.failure is None:
            said = outcome.result.model_dump_json().encode()
            taken = [(place / file.path).read_bytes() for step in outcome.result.steps for file in step.files]
            outside += sum(len(token) * text.count(token) for text in (said, *taken))
        outside += len(token) * (outcome.log_head + outcome.log_tail).encode().count(token)
    return {"outside_bytes": outside, "kinds": kinds, "room": room.isolation.name}


def stored(store: ObjectStore, token: bytes) -> tuple[int, int]:
    """Read every object that came out of the room; answer how many, and the bytes of the secret in them."""
    objects = outside = 0
    for prefix in ("derivatives/", "work/"):
        for listed in store.list(prefix):
            objects += 1
            outside += len(token) * store.get(listed.key).count(token)
    return objects, outside
