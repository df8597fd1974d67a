"""The early word: what heads and tails of files show while the rest is on its way; nothing is verified."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from processing.early.sparse import Piece, SparseSource
from processing.early.word import word_of
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Look at every file listed in ``files``: ``{"path", "size_bytes", "pieces": [[input, offset], …]}``."""
    by_number = {item.number: item for item in inputs}
    files = arguments["files"]
    listed = tuple(arguments.get("listed") or [file["path"] for file in files])
    progress.stage("looking", len(files), "files")
    said = {}
    for file in files:
        pieces = [Piece(offset=offset, source=by_number[number].source) for number, offset in file["pieces"]]
        source = SparseSource(posixpath.basename(file["path"]), file["size_bytes"], pieces)
        said[file["path"]] = word_of(file["path"], source, out, listed)
        progress.advance()
    return {"said": said}
