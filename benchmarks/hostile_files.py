"""Hostile files: every format broken in many ways by seed; valid odd ones; ones that look outside."""

from __future__ import annotations

import json
import os
import random
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.fuzz import seeds, shapes
from tests.fuzz.mutate import Mutator
from tests.fuzz.seeds import CORPUS
from tests.fuzz.targets import TARGETS

MAGIC_BYTES = 8
# One more than a multiple of the five ways of breaking, so that no format is broken in one way only.
A_FORMAT = 26
# One format of which clouds and meshes are read: half of its files each.
HALVED = {"ply", "ply-mesh"}
SUFFIXES = {
    "las": ".las", "laz": ".laz", "copc": ".copc.laz", "e57": ".e57", "ply": ".ply", "ply-mesh": ".ply",
    "pcd": ".pcd", "ptx": ".ptx", "text": ".xyz", "obj": ".obj", "stl": ".stl", "off": ".off", "3mf": ".3mf",
    "gltf": ".gltf", "glb": ".glb", "zip": ".zip",
}  # fmt: skip
CLOUDS = {"las", "laz", "copc", "e57", "ply", "pcd", "ptx", "text"}
NEAR = {"obj": ("a.mtl", "a.png", "b.png")}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One upload: its files by path, the first one hostile; past the magic if it begins as a good one."""

    name: str
    form: str
    files: tuple[tuple[str, bytes], ...]
    is_past_magic: bool = False
    is_valid: bool = False
    looks_outside: bool = False

    @property
    def kind(self) -> str:
        """The kind of asset it is sent as."""
        return "point_cloud" if self.form in CLOUDS else "mesh"


def generated(seed: int, per_format: int = A_FORMAT) -> list[Case]:
    """Break a good small file of every format: cut, lied in its numbers, inside its structure, at random."""
    made = []
    for form, suffix in SUFFIXES.items():
        good = [path.read_bytes() for path in sorted((CORPUS / form).glob("seed-*"))]
        for number in range(-(-per_format // 2) if form in HALVED else per_format):
            rng = random.Random(f"{seed} {form} {number}")
            first = good[number % len(good)]
            data = first
            for attempt in range(20):
                data = _broken(rng, form, first, way=number + attempt // 5)
                # Two of three begin as they should, so that more than the first look at them is tried.
                if data != first and (number % 3 == 2 or data[:MAGIC_BYTES] == first[:MAGIC_BYTES]):
                    break
            made.append(
                Case(
                    name=f"{form}-{seed}-{number}",
                    form=form,
                    files=((f"broken-{number}{suffix}", data), *beside(form)),
                    is_past_magic=data[:MAGIC_BYTES] == first[:MAGIC_BYTES],
                )
            )
    return made


def _broken(rng: random.Random, form: str, data: bytes, *, way: int) -> bytes:
    mutator = TARGETS[form].mutator
    match way % 5:
        case 0:
            return data[: rng.randint(MAGIC_BYTES, max(MAGIC_BYTES, len(data) - 1))]
        case 1 if mutator.inside is not None:
            return mutator.inside(rng, data)
        case 2:
            # Numbers of the body: places, indices, what is packed.
            at = rng.randrange(len(data) // 3, len(data))
            lie = rng.choice((b"\xff" * 8, struct.pack("<d", float("nan")), b"nan nan nan ", b"-7 99999999 "))
            broken = data[:at] + lie + data[at + len(lie) :]
            return mutator.mended(broken) if mutator.mended else broken
        case 3:
            return mutator.broken(rng, data, ())
        case _:
            head = data[:MAGIC_BYTES] + Mutator(words=mutator.words).broken(rng, data[MAGIC_BYTES:], ())
            return mutator.mended(head) if mutator.mended else head


def beside(form: str) -> tuple[tuple[str, bytes], ...]:
    """The companions that a good file of the format refers to."""
    good = {"a.mtl": seeds.MTL, "a.png": seeds.png(), "b.png": seeds.png()}
    return tuple((name, good[name]) for name in NEAR.get(form, ()))


def valid_odd() -> list[Case]:
    """Files that are right, and unlike most: to be accepted, with what is odd said."""
    rows = [*(f"{x} {y} {z}" for x, y, z in seeds.PLACES[:20]), *["nan nan nan"] * 4]
    organised = (
        "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z\nSIZE 4 4 4\nTYPE F F F\nCOUNT 1 1 1\nWIDTH 6\nHEIGHT 4\n"
        "VIEWPOINT 0 0 0 1 0 0 0\nPOINTS 24\nDATA ascii\n" + "\n".join(rows) + "\n"
    )
    cells = "".join(f"{x} {y} {z} 0.5 1 2 3\n" for x, y, z in seeds.PLACES)
    scaled = "6\n4\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n0.3048 0 0 0\n0 0.3048 0 0\n0 0 0.3048 0\n0 0 0 1\n" + cells
    given = {
        "big-endian.ply": ("ply", seeds.ply("binary_big_endian")),
        "organised-nan.pcd": ("pcd", organised.encode()),
        "scaled.ptx": ("ptx", scaled.encode()),
        "extra-bytes.las": ("las", seeds.las(version="1.4", form=7, laz=False, extra=True)),
    }
    return [
        Case(name=name, form=form, files=((name, data),), is_past_magic=True, is_valid=True)
        for name, (form, data) in given.items()
    ]


def looking_outside(secret: Path, beside_file: Path) -> list[Case]:
    """Files that refer to a secret of this machine by every way their formats have."""
    relative = os.path.relpath(secret, beside_file)
    ways = {
        "absolute": str(secret),
        "relative": relative,
        "file": secret.as_uri(),
        "deep": "../" * 12 + str(secret),
    }
    made = []
    for way, uri in ways.items():
        document = _with_bytes_of(uri, secret)
        for form, data in (("glb", shapes.glb_of(document, b"")), ("gltf", document)):
            files = ((f"{way}.{form}", data),)
            made.append(Case(name=f"{form}-{way}", form=form, files=files, looks_outside=True))
    model = "mtllib {}\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
    for way, path in ways.items():
        files = ((f"{way}.obj", model.format(path).encode()),)
        made.append(Case(name=f"obj-{way}", form="obj", files=files, looks_outside=True))
        stone = f"newmtl stone\nmap_Kd {path}\n".encode()
        with_map = ((f"{way}-map.obj", model.format("a.mtl").encode()), ("a.mtl", stone))
        made.append(Case(name=f"mtl-{way}", form="obj", files=with_map, looks_outside=True))
    entity = f'<!DOCTYPE a [<!ENTITY s SYSTEM "{secret.as_uri()}">]>'
    model_part = f'<?xml version="1.0"?>{entity}<model unit="&s;"><resources/></model>'.encode()
    packed = shapes.zip_of([("3D/3dmodel.model", model_part)])
    made.append(Case(name="3mf-entity", form="3mf", files=(("entity.3mf", packed),), looks_outside=True))
    slip = shapes.zip_of([("../../../secret.obj", seeds.obj()), ("a.obj", seeds.obj())])
    made.append(Case(name="zip-slip", form="zip", files=(("slip.zip", slip),), looks_outside=True))
    made.append(Case(name="zip-link", form="zip", files=(("link.zip", _linked(secret)),), looks_outside=True))
    return made


def _with_bytes_of(uri: str, secret: Path) -> bytes:
    """Three vertices and more whose bytes are said to stand in another file."""
    size = secret.stat().st_size // 12 * 12
    document = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
        "buffers": [{"byteLength": size, "uri": uri}],
        "bufferViews": [{"buffer": 0, "byteLength": size}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": size // 36 * 3, "type": "VEC3"}],
    }
    return json.dumps(document).encode()


def _linked(secret: Path) -> bytes:
    import io
    import stat
    import zipfile

    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        link = zipfile.ZipInfo("a.obj")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, str(secret))
    return packed.getvalue()


def given(folder: Path) -> list[Case]:
    """Every file of a folder, under its own name."""
    forms = {suffix: form for form, suffix in SUFFIXES.items()}
    return [
        Case(
            name=path.name,
            form=forms.get(path.suffix.lower(), "glb"),
            files=((path.name, path.read_bytes()),),
        )
        for path in sorted(folder.iterdir())
        if path.is_file()
    ]


def floats_of(text: bytes) -> bytes:
    """Repeat a text so that its bytes are finite float32: letters and digits are."""
    data = text * (3600 // len(text) + 1)
    data = data[:3600]
    if not np.isfinite(np.frombuffer(data, "<f4")).all():
        raise ValueError("this text is no finite numbers")
    return data
