"""What is fuzzed, how its inputs are broken, and what may come of them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.room.run import storable
from service.errors import BrokenIndexError
from tests.fuzz import shapes
from tests.fuzz.mutate import Mutator, broken_json
from tests.fuzz.ways import (
    Run,
    WrongAnswerError,
    by_content,
    crs,
    cut_out,
    early_seeds,
    indexed,
    inspected,
    materials,
    picture,
    ranges,
    said_early,
    tables,
    taken_in,
    unpacked,
)
from workers.errors import OutputRefusedError


@dataclass(frozen=True, kw_only=True)
class Target:
    """One way in. ``refusals`` are what it may raise besides kinds that are documented."""

    run: Run
    mutator: Mutator = field(default_factory=Mutator)
    corpora: tuple[str, ...] = ()
    refusals: tuple[type[Exception], ...] = ()


def _las(*more: tuple[int, str]) -> Mutator:
    """The LAS header's numbers (LAS 1.4 R15, table 3)."""
    places = (
        (94, "<H"),
        (96, "<I"),
        (100, "<I"),
        (104, "<B"),
        (105, "<H"),
        (107, "<I"),
        (131, "<d"),
        (155, "<d"),
        (179, "<d"),
        (227, "<Q"),
        (235, "<Q"),
        (243, "<I"),
        (247, "<Q"),
        (24, "<B"),
        (25, "<B"),
        (6, "<H"),
    )
    return Mutator(inside=shapes.at_places(*places, *more))


PLY = Mutator(
    words=(
        b"element vertex 3\n",
        b"property list uchar int a\n",
        b"property double x\n",
        b"end_header\n",
        b"format ascii 1.0\n",
        b"comment \xff\n",
        b"element face -1\n",
        b"uint64",
        b"float",
    )
)
OBJ = Mutator(
    words=(
        b"f 1 2 3\n",
        b"f -9 1 2\n",
        b"v 1 2\n",
        b"l 1 2\n",
        b"usemtl \n",
        b"mtllib ../../x\n",
        b"g\n",
        b"\\\n",
        b"vt 1\n",
        b"f 1/2/3/4 2 3\n",
        b"v nan 0 0\n",
        b"v 1 2 3 4 5 6 7\n",
    )
)

TARGETS: dict[str, Target] = {
    "las": Target(run=inspected("a.las"), mutator=_las()),
    "laz": Target(run=inspected("a.laz"), mutator=_las((227 + 54, "<Q"), (227 + 74, "<I"), (375 + 54, "<Q"))),
    "copc": Target(
        run=cut_out,
        mutator=_las(
            *((375 + 54 + at, "<d") for at in range(0, 40, 8)),
            *((375 + 54 + at, "<Q") for at in range(40, 56, 8)),
        ),
    ),
    "e57": Target(
        run=inspected("a.e57"), mutator=Mutator(inside=shapes.e57_inside, mended=shapes.e57_mended)
    ),
    "ply": Target(run=inspected("a.ply"), mutator=PLY),
    "ply-mesh": Target(run=inspected("a.ply"), mutator=PLY),
    "pcd": Target(
        run=inspected("a.pcd"),
        mutator=Mutator(
            words=(
                b"COUNT 1 1 1 9\n",
                b"DATA ascii\n",
                b"HEIGHT 2\n",
                b"FIELDS x y z intensity\n",
                b"SIZE 8 8 8 1\n",
                b"TYPE F F F I\n",
                b"normal_x",
                b"label",
            )
        ),
    ),
    "ptx": Target(run=inspected("a.ptx")),
    "spz": Target(run=inspected("a.spz"), mutator=Mutator(inside=shapes.gzip_inside)),
    "ply-splat": Target(run=inspected("a.ply"), mutator=PLY),
    "text": Target(
        run=inspected("a.xyz"), mutator=Mutator(words=(b"x,y,z,r,g,b\n", b"//", b"\t", b";", b"#"))
    ),
    "obj": Target(run=inspected("a.obj", "a.mtl", "a.png"), mutator=OBJ),
    "mtl": Target(
        run=materials,
        mutator=Mutator(
            words=(
                b"map_Kd ",
                b"newmtl ",
                b"-s 1 1 1 ",
                b"-clamp on ",
                b"d -1\n",
                b"Kd nan 0 0\n",
                b"Tr 2\n",
                b"b.png",
            )
        ),
    ),
    "stl": Target(
        run=inspected("a.stl"), mutator=Mutator(words=(b"solid ", b"facet normal", b"vertex ", b"endloop"))
    ),
    "off": Target(run=inspected("a.off"), mutator=Mutator(words=(b"COFF", b"#", b"OFF\n"))),
    "dae": Target(
        run=inspected("a.dae", "a.png"),
        mutator=Mutator(
            words=(
                b"<triangles ",
                b"<polylist ",
                b"<polygons>",
                b"<p>0 0 0</p>",
                b"<vcount>4 3</vcount>",
                b'<instance_node url="#n"/>',
                b"<lines><p>0 1</p></lines>",
                b"X_UP",
                b"-1",
                b"nan",
            )
        ),
    ),
    "3mf": Target(run=inspected("a.3mf"), mutator=Mutator(inside=shapes.zip_inside)),
    "gltf": Target(run=inspected("a.gltf", "a.bin", "a.png"), mutator=Mutator(inside=broken_json)),
    "glb": Target(run=inspected("a.glb", "a.bin", "a.png"), mutator=Mutator(inside=shapes.glb_inside)),
    "image": Target(run=picture, mutator=Mutator(mended=shapes.png_mended)),
    "crs": Target(
        run=crs,
        mutator=Mutator(
            words=(
                b'UNIT["foot",0.3048]',
                b"GEOCCS[",
                b"EPSG:4326",
                b"+proj=utm",
                b'VERT_CS["v",UNIT["metre",1]]',
                b"BOUNDCRS[",
            )
        ),
    ),
    "zip": Target(run=unpacked, mutator=Mutator(inside=shapes.zip_inside)),
    "early": Target(run=said_early, mutator=Mutator()),
    "detect": Target(
        run=by_content,
        corpora=(
            "las",
            "laz",
            "e57",
            "ply",
            "pcd",
            "ptx",
            "spz",
            "text",
            "obj",
            "mtl",
            "stl",
            "off",
            "dae",
            "3mf",
            "gltf",
            "glb",
            "image",
            "zip",
        ),
    ),
    "result": Target(run=taken_in, mutator=Mutator(inside=broken_json), refusals=(OutputRefusedError,)),
    "index": Target(run=indexed, mutator=Mutator(inside=broken_json), refusals=(BrokenIndexError,)),
    "tables": Target(run=tables, mutator=Mutator(inside=broken_json)),
    "ranges": Target(
        run=ranges,
        mutator=Mutator(
            inside=shapes.at_places((0, "<I"), (4, "<Q"), (12, "<I"), (16, "<I"), (20, "<Q"), (28, "<I"))
        ),
    ),
}


def seeds_of(name: str) -> list[bytes]:
    """The kept inputs of a target: where it begins, and what was once wrong."""
    from tests.fuzz.seeds import CORPUS

    if name == "early":
        own = sorted((CORPUS / name).glob("*"))
        return early_seeds() + [path.read_bytes() for path in own]
    folders = (name, *TARGETS[name].corpora)
    return [path.read_bytes() for folder in folders for path in sorted((CORPUS / folder).glob("*"))]


def once(target: Target, data: bytes, folder: Path) -> str:
    """Run a target on one input; answer the kind it ended with. Anything else is raised on."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        answer = target.run(data, folder)
    except KnownError as error:
        if error.kind == "internal":
            raise
        _require_storable(error.as_json())
        return error.kind
    except RecursionError:
        return "too-deep"
    except target.refusals as error:
        return type(error).__name__
    _require_storable(answer)
    return "accepted"


def _require_storable(answer: Any) -> None:
    """What the room makes of an answer must be JSON without NaN, and text that PostgreSQL holds."""
    json.dumps(storable(answer), ensure_ascii=False, allow_nan=False).encode("utf-8")
    if any("\0" in text for text in _texts(storable(answer))):
        raise WrongAnswerError("a zero character in what is said")


def _texts(answer: Any) -> Iterator[str]:
    if isinstance(answer, str):
        yield answer
    entries = [*answer, *answer.values()] if isinstance(answer, dict) else answer
    for entry in entries if isinstance(entries, list | tuple) else ():
        yield from _texts(entry)
