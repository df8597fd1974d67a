"""The files a step works on, as the uploader named them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from processing.errors import KnownError
from processing.room.sources import FileSource, Source


@dataclass(frozen=True, kw_only=True)
class Input:
    """One file: its path in the upload (never a path of ours), its bytes, its group in a step."""

    number: int
    path: str
    source: Source
    group: str | None = None

    @property
    def suffix(self) -> str:
        """The lower-case suffix with its dot; a hint only, contents decide."""
        return posixpath.splitext(self.path)[1].lower()


@dataclass(frozen=True)
class Inputs:
    """The listed files of a step; nothing outside this list can be read."""

    items: tuple[Input, ...]

    def __iter__(self) -> Iterator[Input]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def group(self, name: str) -> Inputs:
        """Answer only the files of one group (``moving``, ``fixed``)."""
        return Inputs(tuple(item for item in self.items if item.group == name))

    def sibling(self, referrer: Input, reference: str) -> Input:
        """Find the listed file that another file refers to by a relative URI or path.

        Raises
        ------
        KnownError
            ``external-reference`` if it points outside the upload, ``missing-reference`` if not listed.
        """
        wanted = _normalised(referrer.path, reference)
        for item in self.items:
            if item.path == wanted:
                return item
        # Writers on Windows do not keep case; take it only if it is the only match.
        loose = [item for item in self.items if item.path.casefold() == wanted.casefold()]
        if len(loose) == 1:
            return loose[0]
        raise KnownError(
            "missing-reference",
            f"{referrer.path} refers to {reference!r}, which is not among the files of this upload",
            "upload the file beside it, in the same folder as it was exported",
        )


def _normalised(referrer: str, reference: str) -> str:
    text = unquote(reference).replace("\\", "/").strip()
    refused = "://" in text or text.startswith("/") or (len(text) > 1 and text[1] == ":") or "\0" in text
    path = posixpath.normpath(posixpath.join(posixpath.dirname(referrer), text))
    if refused or not text or path == ".." or path.startswith("../"):
        raise KnownError(
            "external-reference",
            f"{referrer} refers to {reference!r}, outside the upload",
            "only files listed in the same upload may be referred to",
        )
    return path


# Formats that are spread over several files, whose companions a surveyor does not type one by one.
_WITH_COMPANIONS = {".obj", ".gltf"}
_COMPANIONS = {".mtl", ".bin", ".jpg", ".jpeg", ".png", ".webp", ".tga", ".bmp", ".tif", ".tiff", ".ktx2"}
_MAX_COMPANIONS = 1000


def from_paths(paths: list[Path], group: str | None = None, first: int = 0) -> list[Input]:
    """Make inputs of files and folders on the command line; OBJ and glTF bring their folder along."""
    found: dict[Path, str] = {}
    for path in paths:
        if path.is_dir():
            found |= {p: p.relative_to(path).as_posix() for p in sorted(path.rglob("*")) if p.is_file()}
        elif path.is_file():
            found[path] = path.name
            if path.suffix.lower() in _WITH_COMPANIONS:
                found |= {p: n for p, n in _companions(path) if p != path}
        else:
            raise KnownError("invalid-arguments", f"{path} is not a file or a folder", "check the path")
    return [
        Input(number=first + i, path=name, source=FileSource(path), group=group)
        for i, (path, name) in enumerate(found.items())
    ]


def _companions(path: Path) -> list[tuple[Path, str]]:
    near = [*sorted(path.parent.glob("*")), *sorted(path.parent.glob("*/*"))]
    listed = [p for p in near if p.is_file() and p.suffix.lower() in _COMPANIONS]
    return [(p, p.relative_to(path.parent).as_posix()) for p in listed[:_MAX_COMPANIONS]]
