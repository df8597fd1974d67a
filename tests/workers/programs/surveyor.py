"""Stands in for ``python -m processing run``: the same request and result, small fixed files.

``surveyor.py GATE`` waits in its first step until a file ``open`` appears in the folder GATE, so that a spec
can hold a job in mid-run, and after it until ``shut`` there is gone; without a gate it goes straight on.
"""

import json
import sys
import time
from pathlib import Path

INSPECTED = {
    "kind": "point_cloud",
    "format": "xyz",
    "points": 3,
    "bounds": [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]],
    "crs": {"declared": None, "name": None, "horizontal_unit": "metre", "treated_as": "local"},
    "frame": {"kind": "free", "origin_geodetic": None, "max_error_m": None},
    "units": "metre",
    "attributes": ["position"],
    "stations": [],
    "warnings": [],
    "textures": [],
}
TILED = {"tileset": "tileset.json", "tiles": 1, "bytes": 4, "points": 3, "levels": 1, "origin": [0, 0, 0]}
OCTETS = "application/octet-stream"
INDEX = {"schema": 1, "packs": ["pack-0000.bin"], "entries": {"tileset.json": [0, 0, 4, "application/json"]}}


def write(name, content, role, media_type):
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return {"path": name, "role": role, "media_type": media_type, "bytes": len(content)}


def packed(step):
    index = json.dumps(INDEX).encode()
    return [
        write(f"out/{step}/index.json", index, "index", "application/json"),
        write(f"out/{step}/pack-0000.bin", b"{  }", "pack", OCTETS),
    ]


def perform(step):
    verb = step["verb"]
    if verb == "inspect":
        return INSPECTED, []
    if verb == "picture":
        return {}, [write(f"out/{step['id']}/picture.webp", b"RIFF\0\0\0\0WEBP", "picture", "image/webp")]
    if verb == "copc":
        name = f"out/{step['id']}/cloud.copc.laz"
        return {"points": 3}, [write(name, b"LASF", "copc", "application/vnd.laszip+copc")]
    return TILED, packed(step["id"])


def say(**progress):
    sys.stderr.write(json.dumps(progress) + "\n")
    sys.stderr.flush()


def keep(steps, *, ok):
    part = Path("result.json.part")
    part.write_text(json.dumps({"schema": 1, "ok": ok, "steps": steps, "error": None}))
    part.replace("result.json")


def main():
    request = json.loads(Path("REQUEST.json").read_text())
    say(stage="reading", done=1, total=3, unit="points")
    if len(sys.argv) > 1:
        while not Path(sys.argv[1], "open").exists():
            time.sleep(0.02)
    steps = []
    for step in request["steps"]:
        result, files = perform(step)
        steps.append({"id": step["id"], "verb": step["verb"], "result": result, "files": files})
        keep(steps, ok=step is request["steps"][-1])
        say(finished=step["id"])
        while len(sys.argv) > 1 and Path(sys.argv[1], "shut").exists():
            time.sleep(0.02)


main()
