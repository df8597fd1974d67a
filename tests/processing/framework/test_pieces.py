"""Sources, sinks, inputs, errors and progress."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from processing.errors import KnownError
from processing.progress import Progress
from processing.room.inputs import Input, Inputs, from_paths
from processing.room.run import known
from processing.room.sources import BytesSource, FileSource, materialise, open_source
from processing.tiles.sinks import FolderSink, PackSink
from processing.verbs import MODULES, verb

DATA = bytes(range(256)) * 20_000


@pytest.mark.parametrize("buffer_bytes", [16, 1 << 20])
def test_it_reads_any_source_as_a_file(tmp_path: Path, buffer_bytes: int) -> None:
    (tmp_path / "a.bin").write_bytes(DATA)
    for source in (FileSource(tmp_path / "a.bin"), BytesSource("a.bin", DATA)):
        with open_source(source, buffer_bytes) as file:
            assert file.read(10) == DATA[:10]
            file.seek(-5, io.SEEK_END)
            assert file.read() == DATA[-5:]
            file.seek(1000)
            assert file.read(70_000) == DATA[1000:71_000]
        assert source.read_at(len(DATA) - 3, 100) == DATA[-3:]


def test_it_never_lets_a_name_choose_a_path(tmp_path: Path) -> None:
    made = materialise(BytesSource("../../etc/cron.d/x.e57", DATA), tmp_path / "work")
    assert made.parent == tmp_path / "work"
    assert made.suffix == ".e57"
    assert made.read_bytes() == DATA


@pytest.mark.parametrize(
    "reference",
    ["../../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://x/y.bin", "c:\\x.bin"],
)
def test_it_refuses_references_out_of_the_upload(reference: str) -> None:
    main = Input(number=0, path="m/a.gltf", source=BytesSource("a.gltf", b""))
    with pytest.raises(KnownError) as caught:
        Inputs((main,)).sibling(main, reference)
    assert caught.value.kind == "external-reference"


def test_it_finds_listed_siblings_and_says_which_are_missing() -> None:
    main = Input(number=0, path="m/a.obj", source=BytesSource("a.obj", b""))
    texture = Input(number=1, path="m/tex/Mái ngói.jpg", source=BytesSource("t", b""))
    both = Inputs((main, texture))
    assert both.sibling(main, "tex\\Mái%20ngói.jpg") is texture
    assert both.sibling(main, "./TEX/mái ngói.JPG") is texture
    with pytest.raises(KnownError) as caught:
        both.sibling(main, "other.jpg")
    assert caught.value.kind == "missing-reference"


def test_it_brings_the_folder_of_an_obj_along(tmp_path: Path) -> None:
    for name in ("a.obj", "a.mtl", "other.obj", "tex/t.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    assert [item.path for item in from_paths([tmp_path / "a.obj"])] == ["a.obj", "a.mtl", "tex/t.png"]


def test_it_packs_pieces_whole_and_lists_them(tmp_path: Path) -> None:
    sink = PackSink(tmp_path, max_pack_bytes=100)
    pieces = {f"tiles/{i}.glb": bytes([i]) * (30 + i) for i in range(8)}
    for key, data in pieces.items():
        sink.put(key, data, "model/gltf-binary")
    files = sink.close()
    index = json.loads((tmp_path / "index.json").read_text())
    assert [f["role"] for f in files] == ["index"] + ["pack"] * len(index["packs"])
    assert len(index["packs"]) == 4
    packs = [(tmp_path / name).read_bytes() for name in index["packs"]]
    assert all(len(pack) <= 100 for pack in packs)
    for key, (pack, offset, length, media_type) in index["entries"].items():
        assert packs[pack][offset : offset + length] == pieces[key]
        assert media_type == "model/gltf-binary"
    assert sink.written_bytes == sum(map(len, pieces.values()))


@pytest.mark.parametrize("key", ["/etc/x", "../x", "a/../../x", "a\\b"])
def test_it_refuses_keys_that_leave_the_folder(tmp_path: Path, key: str) -> None:
    for sink in (FolderSink(tmp_path / "f"), PackSink(tmp_path / "p")):
        with pytest.raises(KnownError) as caught:
            sink.put(key, b"x", "text/plain")
        assert caught.value.kind == "output-refused"
        sink.close()


def test_it_tells_progress_as_lines_and_always_the_end() -> None:
    stream = io.StringIO()
    progress = Progress(stream)
    progress.stage("reading", 1000, "points")
    for _ in range(1000):
        progress.advance()
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert lines[0] == {"stage": "reading", "done": 0, "total": 1000, "unit": "points"}
    assert lines[-1]["done"] == 1000
    # At most four a second: a thousand steps take a moment.
    assert len(lines) < 50


def test_it_draws_a_bar_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    progress = Progress(stream)
    progress.stage("tiling", 4, "tiles")
    progress.advance(4)
    progress.close()
    assert "tiling" in stream.getvalue()
    assert "4 / 4 tiles" in stream.getvalue()
    assert stream.getvalue().endswith("\n")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (MemoryError(), "memory-limit"),
        (RecursionError(), "too-deep"),
        (OSError(28, "No space left on device"), "disk-limit"),
        (KnownError("truncated", "x"), "truncated"),
        (ZeroDivisionError("x"), "internal"),
    ],
)
def test_it_names_every_failure(error: BaseException, kind: str) -> None:
    assert known(error).kind == kind


def test_it_refuses_kinds_that_are_not_on_the_list() -> None:
    with pytest.raises(ValueError, match="surprise"):
        KnownError("surprise", "x")


@pytest.mark.parametrize("name", sorted(MODULES))
def test_it_has_a_function_for_every_verb(name: str) -> None:
    assert callable(verb(name))
