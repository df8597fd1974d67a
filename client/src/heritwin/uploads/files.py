"""The files of one upload, found on disk and named as the server will know them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from heritwin.errors import ClientError, FileChangedError

BLOCK_BYTES = 4 << 20


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """A file as it was when the upload began; ``name`` is its path in the upload, NFC, with ``/``."""

    path: Path
    name: str
    size_bytes: int
    modified_ns: int

    def check(self) -> None:
        """Raise ``FileChangedError`` when the file is not what it was."""
        try:
            now = self.path.stat()
        except OSError as error:
            raise FileChangedError(
                f"{self.path} is gone or locked ({error.strerror}).",
                hint="Put it back and run the same command again: what arrived is kept.",
            ) from error
        if (now.st_size, now.st_mtime_ns) != (self.size_bytes, self.modified_ns):
            raise FileChangedError(
                f"{self.path} changed while it was being sent "
                f"({self.size_bytes:,} bytes before, {now.st_size:,} now).",
                hint="Wait until nothing writes to it, then run the same command again.",
            )


def collect(paths: list[Path]) -> list[LocalFile]:
    """Every file under ``paths``: a file by its name, a folder by paths relative to it.

    Raises
    ------
    ClientError
        If a path is missing, a folder is empty, or two files would get one name.
    """
    found = [entry for path in paths for entry in _under(path)]
    names = [entry.name for entry in found]
    if doubled := sorted({name for name in names if names.count(name) > 1}):
        raise ClientError(
            f"two files would be called {doubled[0]} in the upload",
            hint="Give the folder that holds both, so that their paths differ.",
        )
    if not found:
        raise ClientError(f"{paths[0]} holds no files", hint="Name the scan, or the folder that holds it.")
    return found


def _under(path: Path) -> Iterator[LocalFile]:
    if path.is_dir():
        for inner in sorted(path.rglob("*")):
            # Dot files and system litter are not part of a survey.
            if inner.is_file() and not any(part.startswith(".") for part in inner.relative_to(path).parts):
                yield _describe(inner, inner.relative_to(path).as_posix())
        return
    if not path.is_file():
        raise ClientError(f"{path} is not there", hint="Check the spelling and the folder you are in.")
    yield _describe(path, path.name)


def _describe(path: Path, name: str) -> LocalFile:
    stat = path.stat()
    # macOS writes decomposed names (NFD); one name must be one string everywhere.
    return LocalFile(
        path=path.resolve(),
        name=unicodedata.normalize("NFC", name),
        size_bytes=stat.st_size,
        modified_ns=stat.st_mtime_ns,
    )


@contextmanager
def opened(file: LocalFile) -> Iterator[BufferedReader]:
    """Open a file to read; ``FileChangedError`` names it when it is gone, locked or cannot be read."""
    try:
        with file.path.open("rb") as stream:
            yield stream
    except OSError as error:
        raise FileChangedError(
            f"{file.path} is gone, locked or cannot be read ({error.strerror or error}).",
            hint="Close the program that has it open, or put it back; then run the same command again: "
            "what arrived is kept.",
        ) from error
