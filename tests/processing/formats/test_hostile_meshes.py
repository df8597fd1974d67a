"""Meshes that break their own form on purpose: each refused for what it is, none by accident."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from processing.errors import KnownError
from processing.progress import SilentProgress
from processing.room.run import storable
from processing.verbs import verb
from tests.fuzz import seeds
from tests.fuzz.shapes import glb_of
from tests.processing.points.making import inputs

Change = Callable[[dict[str, Any]], object]


def refused(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    with pytest.raises(KnownError) as caught:
        verb("inspect")(inputs(path), {}, path.parent / "out", SilentProgress())
    return caught.value.kind


CHANGES: dict[str, tuple[Change, str]] = {
    "zeros that no byte pays for": (
        lambda d: d["accessors"][3].update(count=2**22, sparse=None),
        "too-large",
    ),
    "extensions that are no names": (lambda d: d.update(extensionsRequired=[{}]), "invalid-header"),
    "a material of lists": (lambda d: d["materials"][0].update(pbrMetallicRoughness=[1]), "invalid-header"),
    "a base colour of words": (
        lambda d: d["materials"][0]["pbrMetallicRoughness"].update(baseColorFactor=["red", 1, 1, 1]),
        "invalid-header",
    ),
    "a base colour beyond floats": (
        lambda d: d["materials"][0]["pbrMetallicRoughness"].update(baseColorFactor=[10**400, 1, 1, 1]),
        "invalid-header",
    ),
    "a component type that is a list": (
        lambda d: d["accessors"][0].update(componentType=[5126]),
        "invalid-header",
    ),
    "attributes that are a number": (
        lambda d: d["meshes"][0]["primitives"][0].update(attributes=7),
        "invalid-header",
    ),
    "bytes in letters that are not ASCII": (
        lambda d: d["buffers"][0].update(uri="data:application/octet-stream;base64,ậế"),
        "invalid-header",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_it_refuses_a_gltf_with(name: str, tmp_path: Path) -> None:
    change, kind = CHANGES[name]
    document, binary = seeds.document()
    change(document)
    assert refused(tmp_path / "a.glb", glb_of(json.dumps(document).encode(), binary)) == kind


def test_it_refuses_a_ply_that_declares_a_property_twice(tmp_path: Path) -> None:
    data = seeds.ply("binary_little_endian", faces=True)
    twice = data.replace(b"property uchar green", b"property uchar red")
    assert refused(tmp_path / "a.ply", twice) == "invalid-header"


def test_it_refuses_an_off_whose_faces_count_beyond_all_vertices(tmp_path: Path) -> None:
    data = seeds.off().replace(b"4 0 1 3 2", b"4 0 1 3 99999999999999999999")
    assert refused(tmp_path / "a.off", data) == "index-out-of-range"


def test_it_answers_nothing_that_cannot_be_kept() -> None:
    said = {"a\0b": [float("nan"), "x\0", "\ud800", float("inf"), 1.5], "b": ("\\u0000",)}
    kept = storable(said)
    assert kept == {"a\ufffdb": [None, "x\ufffd", "?", None, 1.5], "b": ["\\u0000"]}
