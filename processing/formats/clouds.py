"""Opens any file of points we read; of splats the centres are points."""

from __future__ import annotations

from pathlib import Path

from processing.errors import KnownError
from processing.formats.cloud import CloudReader
from processing.room.inputs import Input


def open_reader(item: Input, form: str, folder: Path) -> CloudReader:
    """Open one file of a detected format; folder is for copies that a library needs."""
    if form in {"las", "laz", "copc"}:
        from processing.formats.las import LasReader

        return LasReader(item.source)
    if form == "e57":
        from processing.formats.e57 import E57Reader

        return E57Reader(item.source, folder)
    if form in {"ply-cloud", "ply-splat"}:
        from processing.formats.ply import PlyCloudReader

        return PlyCloudReader(item.source)
    if form in {"xyz", "pts"}:
        from processing.formats.xyz import TextReader

        return TextReader(item.source, form)
    if form == "ptx":
        from processing.formats.ptx import PtxReader

        return PtxReader(item.source)
    if form == "pcd":
        from processing.formats.pcd import PcdReader

        return PcdReader(item.source)
    if form == "spz":
        from processing.formats.spz import SpzReader

        return SpzReader(item.source)
    raise KnownError("unsupported-format", f"{item.path} is {form}, which holds no points we read")
