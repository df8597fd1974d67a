"""Many scans at once: a manifest (CSV), or folders named by local codes, as a list of what goes where."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from heritwin.errors import ClientError
from heritwin.uploads.files import LocalFile, collect

COLUMNS = ("file", "subject", "asset", "kind", "capture", "represents")
NEEDED = ("file", "subject")
USUAL_ASSET = "scan"
CLOUDS = {".las", ".laz", ".e57", ".pcd", ".ptx", ".pts", ".xyz"}
MESHES = {".obj", ".glb", ".gltf", ".stl", ".3mf", ".off", ".zip"}
SPLATS = {".spz"}
BY_SUFFIX = {"point_cloud": CLOUDS, "mesh": MESHES, "splat": SPLATS}


@dataclass(frozen=True, kw_only=True)
class Unmatched:
    """A row that cannot be sent, and why."""

    where: str
    value: str
    why: str

    def as_json(self) -> dict[str, str]:
        """As it stands in the answer to --json."""
        return {"where": self.where, "value": self.value, "why": self.why}


@dataclass(frozen=True, kw_only=True)
class Row:
    """Files for one subject, as a line of the manifest or a folder names them."""

    where: str
    subject: str
    paths: tuple[Path, ...]
    asset: str = USUAL_ASSET
    kind: str | None = None
    capture: str | None = None
    represents: str | None = None

    @property
    def version(self) -> tuple[str, str, str | None, str | None]:
        """Rows that agree in this are one version."""
        return self.subject, self.asset, self.capture, self.represents


@dataclass
class Listed:
    """What a manifest or a folder says, before the server was asked about any of it."""

    rows: list[Row] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    unlisted: list[Path] = field(default_factory=list)


def read_manifest(path: Path, *, asset: str = USUAL_ASSET) -> Listed:
    """Read a manifest: columns file and subject, and if wanted asset, kind, capture, represents.

    ``file`` is a file, a folder or a pattern such as ``station*.e57``, seen from the manifest's own folder.
    Comma, semicolon and tab part columns; names are compared without regard to how accents are written.

    Raises
    ------
    ClientError
        If it is no such table at all.
    """
    listed = Listed()
    taken: dict[Path, str] = {}
    for number, cells in _lines(path):
        where = f"line {number}"
        cell = cells["file"]
        if not cell or not cells["subject"]:
            missing = "file" if not cell else "subject"
            listed.unmatched.append(Unmatched(where=where, value=cell, why=f"the column {missing} is empty"))
            continue
        found = _found(path.parent, cell)
        if not found:
            listed.unmatched.append(Unmatched(where=where, value=cell, why=f"{cell} is not there"))
            continue
        if twice := next((taken[f] for f in found if f in taken), None):
            why = f"the same file stands in {twice}"
            listed.unmatched.append(Unmatched(where=where, value=cell, why=why))
            continue
        taken |= dict.fromkeys(found, where)
        listed.rows.append(
            Row(
                where=where,
                subject=cells["subject"],
                paths=tuple(found),
                asset=cells["asset"] or asset,
                kind=cells["kind"] or None,
                capture=cells["capture"] or None,
                represents=cells["represents"] or None,
            )
        )
    listed.unlisted = sorted(
        f
        for f in path.parent.rglob("*")
        if f.suffix.lower() in CLOUDS | MESHES | SPLATS and not any(f == t or t in f.parents for t in taken)
    )
    return listed


def read_folders(folder: Path, *, asset: str = USUAL_ASSET, kind: str | None = None) -> Listed:
    """Take every folder in ``folder`` for one version of the subject whose local code is its name."""
    if not folder.is_dir():
        raise ClientError(f"{folder} is no folder", hint="Name the folder that holds one folder a subject.")
    listed = Listed()
    for inner in sorted(folder.iterdir()):
        if inner.name.startswith("."):
            continue
        name = unicodedata.normalize("NFC", inner.name)
        if not inner.is_dir():
            why = "it lies beside the folders, not in one that is named by a local code"
            listed.unmatched.append(Unmatched(where=inner.name, value=name, why=why))
        elif not any(f.is_file() for f in inner.rglob("*")):
            listed.unmatched.append(Unmatched(where=inner.name, value=name, why="the folder is empty"))
        else:
            listed.rows.append(Row(where=inner.name, subject=name, paths=(inner,), asset=asset, kind=kind))
    return listed


def files_of(rows: list[Row]) -> list[LocalFile]:
    """The files of all rows of one version."""
    return collect([path for row in rows for path in row.paths])


def likely_kind(files: list[LocalFile]) -> str | None:
    """What an asset of these files is, where the names leave no doubt; the server looks inside."""
    suffixes = {PurePosixPath(file.name.lower()).suffix for file in files}
    likely = [kind for kind, known in BY_SUFFIX.items() if suffixes & known]
    return likely[0] if len(likely) == 1 else None


def _lines(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = _text(path)
    first = text.partition("\n")[0]
    separator = max((";", ",", "\t"), key=first.count)
    table = csv.reader(text.splitlines(), delimiter=separator)
    heading = [cell.strip().lower() for cell in next(table, [])]
    if missing := [name for name in NEEDED if name not in heading]:
        raise ClientError(
            f"{path} has no column {' and no column '.join(missing)}",
            hint=f"Its first line names the columns: {', '.join(COLUMNS)}; the last four may be left out.",
        )
    for cells in table:
        if any(cell.strip() for cell in cells):
            named = dict(zip(heading, (cell.strip() for cell in cells), strict=False))
            yield table.line_num, {name: named.get(name, "") for name in COLUMNS}


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClientError(
            f"{path} is not UTF-8: {error.reason} at byte {error.start:,}",
            hint="Save it from the spreadsheet as “CSV UTF-8”.",
        ) from error
    except OSError as error:
        raise ClientError(f"{path} cannot be read: {error.strerror}") from error


def _found(folder: Path, cell: str) -> list[Path]:
    """The file, the folder, or the files of a pattern; a name with its accents written otherwise fits too."""
    name = cell.replace("\\", "/")
    direct = folder / name
    if direct.exists():
        return [direct.resolve()]
    wanted = unicodedata.normalize("NFC", name)
    if any(letter in name for letter in "*?["):
        return [f.resolve() for f in _all(folder) if _relative(folder, f).match(wanted)]
    return [f.resolve() for f in _all(folder) if _relative(folder, f) == PurePosixPath(wanted)]


def _all(folder: Path) -> list[Path]:
    return sorted(f for f in folder.rglob("*") if not f.name.startswith("."))


def _relative(folder: Path, path: Path) -> PurePosixPath:
    return PurePosixPath(unicodedata.normalize("NFC", path.relative_to(folder).as_posix()))
