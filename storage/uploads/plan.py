"""Which files may be promised, and in what parts they are sent."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from storage.uploads.errors import InvalidUploadError
from storage.uploads.records import NewFile

MIB = 1024 * 1024
USUAL_PART_BYTES = 16 * MIB
LEAST_PART_BYTES = 5 * MIB
"""S3's, for every part but the last: who asks for it has a line that breaks."""
MOST_ASKED_PART_BYTES = 256 * MIB
MOST_PARTS = 9000
"""S3 takes 10,000; some are left so that the rounding never matters."""
MOST_BYTES = 5 * 1024**4
"""The largest object S3 keeps."""
MOST_FILES = 2000
MOST_NAME_BYTES = 255
"""What file systems take as one name; the processing room lays files down under theirs."""
MOST_PATH_BYTES = 900
LARGEST_UNIT_M = 1000.0
"""Kilometres: no export has a larger one."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def part_size(size_bytes: int, asked_bytes: int | None = None) -> int:
    """Return how large the parts of a file are: max(16 MiB or as asked, size / 9000).

    So small files have one part.
    """
    return max(asked_bytes or USUAL_PART_BYTES, -(-size_bytes // MOST_PARTS))


def parts_of(size_bytes: int, asked_bytes: int | None = None) -> int:
    """Return in how many parts a file is sent."""
    return -(-size_bytes // part_size(size_bytes, asked_bytes))


def size_of_part(size_bytes: int, number: int, step_bytes: int) -> int:
    """Return how large part `number` (from 1) of a file cut every `step_bytes` is; the last is the rest."""
    return min(step_bytes, size_bytes - (number - 1) * step_bytes)


def require_part_size(asked_bytes: int | None) -> None:
    """Raise InvalidUploadError for parts that S3 or a client's memory would not take."""
    if asked_bytes is not None and not LEAST_PART_BYTES <= asked_bytes <= MOST_ASKED_PART_BYTES:
        raise InvalidUploadError(
            f"parts of {asked_bytes} bytes cannot be had",
            hint=f"{LEAST_PART_BYTES} to {MOST_ASKED_PART_BYTES}, or leave it out",
        )


def require_stated(stated: Mapping[str, Any]) -> None:
    """Raise InvalidUploadError for an axis or a unit that is none."""
    unit_m = stated.get("unit_m", 1.0)
    if stated.get("up_axis", "z") not in ("y", "z") or not 0 < unit_m <= LARGEST_UNIT_M:
        raise InvalidUploadError(
            f"{dict(stated)} states no axis or no unit",
            hint=f"up_axis is y or z, unit_m the metres of one unit, at most {LARGEST_UNIT_M:,.0f}",
        )


def require_files(files: Sequence[NewFile]) -> None:
    """Raise InvalidUploadError unless these files can be one upload."""
    if not 1 <= len(files) <= MOST_FILES:
        raise InvalidUploadError(f"an upload has 1 to {MOST_FILES} files, this one {len(files)}")
    seen: set[str] = set()
    folders: set[str] = set()
    for file in files:
        _require_path(file.path)
        name = _folded(file.path)
        if name in seen:
            raise InvalidUploadError(f"two files are called {file.path!r}", path=file.path)
        seen.add(name)
        folders.update(name[:at] for at, letter in enumerate(name) if letter == "/")
        if not 1 <= file.size_bytes <= MOST_BYTES:
            raise InvalidUploadError(
                f"{file.path!r} has {file.size_bytes} bytes, 1 to {MOST_BYTES} can be kept", path=file.path
            )
        if file.sha256 is not None and not _SHA256.fullmatch(file.sha256):
            raise InvalidUploadError("sha256 is 64 lower-case hexadecimal digits", path=file.path)
    if both := sorted(seen & folders):
        raise InvalidUploadError(f"{both[0]!r} is a file and the folder of another one", path=both[0])


def _folded(path: str) -> str:
    """Return what a path is compared by: where files lie, `é` in one or two characters may be one name."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())


def require_sha256(value: str) -> str:
    """Return a SHA-256 in lower-case hex, or raise InvalidUploadError."""
    if not _SHA256.fullmatch(value):
        raise InvalidUploadError("sha256 is 64 lower-case hexadecimal digits", found=value)
    return value


def _require_path(path: str) -> None:
    parts = path.split("/")
    odd = any(part in ("", ".", "..") for part in parts) or "\\" in path or not path.isprintable()
    if odd:
        raise InvalidUploadError(
            f"{path!r} cannot be a file's path", hint="relative, with /, without . and ..", path=path
        )
    if len(path.encode()) > MOST_PATH_BYTES or any(len(part.encode()) > MOST_NAME_BYTES for part in parts):
        raise InvalidUploadError(
            f"{path[:80]!r}… is too long for a file's path",
            hint=f"at most {MOST_NAME_BYTES} bytes a name, {MOST_PATH_BYTES} bytes in all",
            path=path,
        )
