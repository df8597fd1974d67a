"""Stands in for ``python -m processing run`` where a cloud is shared: three groups, small fixed files.

``sharer.py FOLDER``: group 1 breaks while a file ``poison`` is in FOLDER, groups wait while ``hold`` is.
"""

import json
import sys
import time
from pathlib import Path

FOLDER = Path(sys.argv[1])
OCTETS, JSON = "application/octet-stream", "application/json"
INSPECTED = {
    "kind": "point_cloud",
    "format": "xyz",
    "points": 3,
    "bounds": [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]],
    "crs": None,
    "frame": {"kind": "free", "origin_geodetic": None, "max_error_m": None},
    "attributes": [],
    "stations": [],
    "warnings": [],
}
GROUPS = [{"number": n, "file": f"chunks-{n:04d}.bin", "points": 1} for n in range(3)]


def tile_group(arguments):
    if arguments["group"] == 1 and (FOLDER / "poison").exists():
        sys.stderr.write("this part is poison\n")
        sys.exit(3)
    while (FOLDER / "hold").exists():
        time.sleep(0.02)
    files = {
        "pack-0000.bin": ("pack", OCTETS),
        "part.json": ("table", JSON),
        "upward.bin": ("chunks", OCTETS),
    }
    return {"points": 1}, files


def perform(verb, arguments):
    if verb == "inspect":
        return INSPECTED, {}
    if verb == "spread":
        chunks = {group["file"]: ("chunks", OCTETS) for group in GROUPS}
        return {"groups": GROUPS}, {"spread.json": ("table", JSON), **chunks}
    if verb == "tile-group":
        return tile_group(arguments)
    if verb == "picture":
        return {}, {"picture.webp": ("picture", "image/webp")}
    if verb == "copc":
        return {}, {"cloud.copc.laz": ("copc", "application/vnd.laszip+copc")}
    return {"points": 3}, {"index.json": ("index", JSON), "pack-0000.bin": ("pack", OCTETS)}


def main():
    request = json.loads(Path("REQUEST.json").read_text())
    steps = []
    for step in request["steps"]:
        result, named = perform(step["verb"], step["arguments"])
        files = []
        for name, (role, media_type) in named.items():
            path = Path("out", step["id"], name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes({"image/webp": b"RIFF", JSON: b"{}"}.get(media_type, b"LASF"))
            size = path.stat().st_size
            files.append({"path": str(path), "role": role, "media_type": media_type, "bytes": size})
        steps.append({"id": step["id"], "verb": step["verb"], "result": result, "files": files})
    Path("result.json").write_text(json.dumps({"schema": 1, "ok": True, "steps": steps, "error": None}))


main()
