"""The ways in of bytes of strangers, each called as the product calls it: bytes and an empty folder."""

from __future__ import annotations

import math
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from processing.progress import SilentProgress
from processing.room.inputs import Input, Inputs
from processing.room.sources import BytesSource, FileSource

Run = Callable[[bytes, Path], Any]
PICTURE = Path(__file__).parent / "corpus" / "image" / "seed-a.png"
LISTED = ("a.mtl", "a.png", "b.png", "a.bin")


class WrongAnswerError(Exception):
    """Something was accepted, and what was said of it cannot be."""


def inspected(name: str, *others: str) -> Run:
    """The whole way of a file through ``inspect``: by content, header, points or faces, and the answer."""

    def run(data: bytes, folder: Path) -> Any:
        from processing.verbs import verb

        items = [Input(number=0, path=name, source=BytesSource(name, data))]
        items += [
            Input(number=i, path=other, source=BytesSource(other, PICTURE.read_bytes()))
            for i, other in enumerate(others, 1)
        ]
        result = verb("inspect")(Inputs(tuple(items)), {}, folder / "out", SilentProgress())
        counted = result.get("points") or result.get("triangles")
        if not counted or not all(math.isfinite(value) for corner in result["bounds"] for value in corner):
            raise WrongAnswerError(f"{counted} of bounds {result['bounds']}")
        return result

    return run


def said_early(data: bytes, folder: Path) -> Any:
    """The early word on head and tail; the first byte chooses name and cut."""
    from processing.early.sparse import Piece, SparseSource
    from processing.early.word import word_of

    names = (
        "a.las",
        "a.laz",
        "a.e57",
        "a.ply",
        "a.pcd",
        "a.ptx",
        "a.xyz",
        "a.obj",
        "a.mtl",
        "a.glb",
        "a.gltf",
        "a.stl",
        "a.zip",
        "a",
    )
    if not data:
        return None
    chosen, data = data[0], data[1:]
    size = len(data) + (0 if chosen & 0x10 else 50_000)
    cut = len(data) * (chosen >> 5) // 7
    pieces = [Piece(offset=0, source=BytesSource("a", data[:cut]))]
    pieces += [Piece(offset=size - len(data) + cut, source=BytesSource("a", data[cut:]))]
    name = names[chosen & 0x0F] if chosen & 0x0F < len(names) else "a"
    return word_of(name, SparseSource(name, size, [p for p in pieces if p.source.size]), folder, LISTED)


def early_seeds() -> list[bytes]:
    """Seeds of all formats, each said to be whole, and each with its middle gone."""
    from tests.fuzz.seeds import CORPUS

    suffixes = (
        ".las",
        ".laz",
        ".e57",
        ".ply",
        ".pcd",
        ".ptx",
        ".xyz",
        ".obj",
        ".mtl",
        ".glb",
        ".gltf",
        ".stl",
        ".zip",
    )
    found = [
        (suffixes.index(path.suffix), path.read_bytes())
        for path in sorted(CORPUS.glob("*/seed-*"))
        if path.suffix in suffixes
    ]
    return [bytes([number | flag]) + data for number, data in found for flag in (0xF0, 0x90, 0x80)]


def materials(data: bytes, folder: Path) -> Any:
    """A model's own material file."""
    model = b"mtllib a.mtl\nv 0 0 0\nv 1 0 0\nv 0 1 0\nusemtl stone\nf 1 2 3\n"
    items = [
        Input(number=i, path=name, source=BytesSource(name, content))
        for i, (name, content) in enumerate(
            (("a.obj", model), ("a.mtl", data), ("a.png", PICTURE.read_bytes()), ("b.png", b"no picture"))
        )
    ]
    from processing.verbs import verb

    return verb("inspect")(Inputs(tuple(items)), {}, folder / "out", SilentProgress())


def cut_out(data: bytes, folder: Path) -> Any:
    """The hierarchy of a COPC, and all its nodes."""
    from processing.formats.copc_reading import CopcFile

    del folder
    file = CopcFile(BytesSource("a.copc.laz", data))
    nodes = file.nodes(lambda _: True)
    return {"points": sum(len(rows) for _, rows in file.rows(nodes))}


def unpacked(data: bytes, folder: Path) -> Any:
    """A zip: listed, unpacked, and its references looked up; nothing may lie outside."""
    from processing.verbs import verb

    item = Input(number=0, path="a.zip", source=BytesSource("a.zip", data))
    try:
        return verb("bundle")(Inputs((item,)), {}, folder / "out", SilentProgress())
    finally:
        strays = [path for path in folder.iterdir() if path.name != "out"]
        inside = list((folder / "out").rglob("*")) if (folder / "out").exists() else []
        if strays or any(path.is_symlink() for path in inside):
            raise WrongAnswerError(f"unpacked outside: {strays}")


def picture(data: bytes, folder: Path) -> Any:
    """A texture's header."""
    from processing.formats.images import checked_image

    del folder
    found = checked_image("a.png", data)
    return {"width": found.width, "height": found.height}


def crs(data: bytes, folder: Path) -> Any:
    """What a LAS file says of its CRS: WKT, or GeoTIFF keys with doubles and text."""
    from dataclasses import replace

    import numpy as np

    from processing.formats.las_crs import declared_crs
    from processing.formats.las_header import Vlr, read_header
    from processing.geometry.frames import plan_frame

    del folder
    header = read_header(FileSource(PICTURE.parent.parent / "las" / "seed-old.las"))
    kind, body = (data[0], data[1:]) if data else (0, b"")
    records = {2112: body} if kind % 2 == 0 else {34735: body, 34736: body[-64:], 34737: body}
    vlrs = tuple(Vlr(user_id="LASF_Projection", record_id=i, data=d) for i, d in records.items())
    text, notes = declared_crs(replace(header, vlrs=vlrs))
    frame = plan_frame(text, np.array([[500_000.0, 1_800_000, 0], [500_100, 1_800_100, 10]]))
    return {"notes": notes, "crs": frame.crs, "frame": frame.as_json(), "warnings": frame.warnings}


def taken_in(data: bytes, folder: Path) -> Any:
    """The result of a child, whose folder holds a link, a secret beside it, and one honest file."""
    from workers.room.intake import IntakeCaps, check_outputs, read_result

    room = folder / "room"
    (room / "out" / "tile").mkdir(parents=True)
    (folder / "secret").write_text("{}")
    (room / "out" / "tile" / "a.json").write_text("{}")
    (room / "out" / "tile" / "link").symlink_to(folder / "secret")
    (room / "result.json").write_bytes(data)
    result = read_result(room)
    if result is None:
        raise WrongAnswerError("there is a result, and it was not seen")
    taken = check_outputs(room, result, IntakeCaps())
    if any(file.path != "out/tile/a.json" for files in taken.values() for file in files):
        raise WrongAnswerError(f"took {taken}")
    return [step.result for step in result.steps]


def indexed(data: bytes, folder: Path) -> Any:
    """The index of a tileset, which a child wrote beside a stranger's bytes."""
    from service.tiles.index import parse_index

    del folder
    found = parse_index(data, {"pack-0000.bin": "k/0", "pack-0001.bin": "k/1"})
    for entry in found.values():
        plain = entry.media_type in ("application/json", "model/gltf-binary", "application/octet-stream")
        if entry.offset < 0 or entry.size_bytes < 0 or not entry.object_key.startswith("k/") or not plain:
            raise WrongAnswerError(str(entry))
    return {"tiles": len(found)}


def tables(data: bytes, folder: Path) -> Any:
    """The table of a spread cloud, as a later job reads it."""
    from processing.points.shared.groups import TABLE, read_spread

    del folder
    read_spread(Inputs((Input(number=0, path=TABLE, source=BytesSource(TABLE, data)),)))


def ranges(data: bytes, folder: Path) -> Any:
    """What a taken-over child may write into its channel: it gets ranges of its inputs, or a refusal."""
    from workers.room.ranges import ANSWER, REFUSED, RangedInput, RangeServer

    del folder
    content = bytes(range(100))
    server = RangeServer({0: RangedInput(size=100, read=lambda at, length: content[at : at + length])})
    child = socket.socket(fileno=socket.dup(server.theirs.fileno()))
    server.start()
    try:
        child.sendall(data[:4096])
        for number, offset, length in struct.iter_unpack("<IQI", data[: len(data[:4096]) // 16 * 16]):
            (size,) = ANSWER.unpack(child.recv(4, socket.MSG_WAITALL))
            if size == REFUSED:
                continue
            got = child.recv(size, socket.MSG_WAITALL) if size else b""
            if number or got != content[offset : offset + length] or length > 8 << 20:
                raise WrongAnswerError(f"{size} bytes of input {number} from {offset}")
    finally:
        child.close()
        server.close()
    if server.failure is not None:
        raise WrongAnswerError(str(server.failure))


def by_content(data: bytes, folder: Path) -> Any:
    """What a file is, under every kind of name."""
    from processing.formats.detect import detect

    del folder
    names = ("a.las", "a.txt", "a", "a.ply", "a.bin", "a.splat", "a.spz", "a.tga", "a.obj", "a.stl")
    name = names[len(data) % len(names)]
    detect(Inputs((Input(number=0, path=name, source=BytesSource(name, data)),)))
