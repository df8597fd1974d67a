"""Zips: looked through before anything is unpacked; slips, links, bombs and unknown methods are refused."""

from __future__ import annotations

import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from processing.errors import KnownError

MOST_ENTRIES = 2_000
MOST_BYTES = 64 << 30
# Deflate packs zeros 1,032 to 1; text of a scan about 5 to 1 (facts: zip ratio at most 100).
MOST_RATIO = 100
RATIO_FROM_BYTES = 1 << 20
BLOCK_BYTES = 1 << 20
MOST_PATH_BYTES = 300
# What file systems take as one name, the room's too.
MOST_NAME_BYTES = 255
# Numbers of APPNOTE.TXT 6.3.10, section 4.4.5.
_METHODS = {
    1: "Shrink", 6: "Implode", 9: "Deflate64", 12: "bzip2", 14: "LZMA", 16: "IBM z/OS CMPSC", 93: "Zstandard",
    95: "xz", 96: "JPEG", 97: "WavPack", 98: "PPMd", 99: "AES encryption",
}  # fmt: skip
# What zipfile raises over a zip that was broken on purpose: it seeks and unpacks where the list tells it to.
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, OverflowError, NotImplementedError,
    RuntimeError, OSError, IndexError, UnicodeError,
)  # fmt: skip
_LITTER = ("__MACOSX/",)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file of a zip."""

    path: str
    size_bytes: int
    info: zipfile.ZipInfo


def entries_of(file: BinaryIO, name: str) -> list[Entry]:
    """List the files of a zip, refused as a whole if one of them must not be unpacked.

    Raises
    ------
    KnownError
        ``external-reference`` for a path that leads outside, ``unsupported-format`` for a link, a method we
        do not read or encryption, ``too-large`` for a bomb, ``corrupt-data`` for what is no zip.
    """
    archive = _opened(file, name)
    entries = []
    taken: dict[str, str] = {}
    for info in archive.infolist():
        path = _path(name, info)
        if info.is_dir() or _is_litter(path):
            continue
        _require_plain(name, path, info)
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).casefold())
        if folded in taken:
            raise KnownError(
                "unsupported-format",
                f"{name} holds {taken[folded]!r} and {path!r}, which are one name on many machines",
                "give them different names, and pack again",
            )
        taken[folded] = path
        entries.append(Entry(path=path, size_bytes=info.file_size, info=info))
    _require_no_file_is_a_folder(name, taken)
    _require_modest(name, entries)
    return entries


def _require_no_file_is_a_folder(name: str, taken: Mapping[str, str]) -> None:
    for folded, path in taken.items():
        parts = folded.split("/")
        for depth in range(1, len(parts)):
            if (above := taken.get("/".join(parts[:depth]))) is not None:
                raise KnownError(
                    "unsupported-format",
                    f"{name} holds {above!r} as a file, and as the folder of {path!r}",
                    "give them different names, and pack again",
                )


def _opened(file: BinaryIO, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except BROKEN as error:
        raise KnownError(
            "corrupt-data", f"{name} is no zip that can be read: {error}", "pack or send it again"
        ) from error


def _path(name: str, info: zipfile.ZipInfo) -> str:
    # Flag bit 11 says UTF-8; without it zipfile decodes as cp437, and macOS writes UTF-8 all the same.
    text = info.filename
    if not info.flag_bits & 0x800:
        try:
            text = text.encode("cp437").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            text = info.filename
    path = unicodedata.normalize("NFC", text.replace("\\", "/"))
    parts = path.rstrip("/").split("/")
    if path.startswith("/") or ":" in parts[0] or any(p in ("", ".", "..") for p in parts):
        raise KnownError(
            "external-reference",
            f"{name} holds {path!r}, which leads outside the folder it is unpacked into",
            "pack the folder again with relative paths",
        )
    if len(path.encode()) > MOST_PATH_BYTES:
        raise KnownError("unsupported-format", f"{name} holds a path of {len(path):,} letters", "shorten it")
    if (longest := max(len(part.encode()) for part in parts)) > MOST_NAME_BYTES:
        text = f"{name} holds a name of {longest:,} bytes; {MOST_NAME_BYTES} are taken"
        raise KnownError("unsupported-format", text, "shorten it")
    if not path.isprintable():
        raise KnownError("unsupported-format", f"{name} holds a name that cannot be shown: {path!r}", None)
    return path


def _is_litter(path: str) -> bool:
    return path.startswith(_LITTER) or any(part.startswith(".") for part in path.split("/"))


def _require_plain(name: str, path: str, info: zipfile.ZipInfo) -> None:
    mode = info.external_attr >> 16
    if mode and not stat.S_ISREG(mode) and stat.S_IFMT(mode):
        raise KnownError(
            "unsupported-format", f"{name}: {path!r} is a link or a device", "pack the files themselves"
        )
    if info.flag_bits & 0x1:
        raise KnownError("unsupported-format", f"{name}: {path!r} is encrypted", "pack without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        method = _METHODS.get(info.compress_type, f"method {info.compress_type}")
        raise KnownError(
            "unsupported-format",
            f"{name}: {path!r} is packed with {method}, which is not read here",
            "pack it again with plain Deflate (Windows Explorer takes Deflate64 above 2 GB: use "
            "7-Zip, method Deflate), or send the folder itself",
        )
    if path.lower().endswith((".zip", ".7z", ".rar", ".gz")):
        raise KnownError("unsupported-format", f"{name} holds another archive: {path!r}", "unpack that first")


def _require_modest(name: str, entries: list[Entry]) -> None:
    if not entries:
        raise KnownError("empty-file", f"{name} holds no files", "pack the folder with the model")
    if len(entries) > MOST_ENTRIES:
        raise KnownError(
            "too-large", f"{name} holds {len(entries):,} files; {MOST_ENTRIES:,} are taken", None
        )
    total = sum(entry.size_bytes for entry in entries)
    packed = sum(entry.info.compress_size for entry in entries)
    if total > MOST_BYTES:
        raise KnownError("too-large", f"{name} unpacks to {total:,} bytes; {MOST_BYTES:,} are taken", None)
    for entry in entries:
        ratio = entry.size_bytes / max(1, entry.info.compress_size)
        if entry.size_bytes > RATIO_FROM_BYTES and ratio > MOST_RATIO:
            text = f"{name}: {entry.path!r} unpacks to {ratio:,.0f} times its size"
            raise KnownError("too-large", f"{text}; {MOST_RATIO} times are taken", "send the file itself")
    if total > RATIO_FROM_BYTES and total > MOST_RATIO * max(1, packed):
        raise KnownError("too-large", f"{name} unpacks to more than {MOST_RATIO} times its size", None)
    _require_apart(name, entries)


def _require_apart(name: str, entries: list[Entry]) -> None:
    """Entries that share bytes make a bomb without any ratio (Fifield 2019)."""
    end = -1
    for entry in sorted(entries, key=lambda one: one.info.header_offset):
        if entry.info.header_offset < end:
            raise KnownError("too-large", f"{name}: {entry.path!r} lies inside another entry", None)
        end = entry.info.header_offset + 30 + entry.info.compress_size


def unpack(file: BinaryIO, entries: list[Entry], folder: Path, name: str) -> int:
    """Unpack listed files, each held to its declared size and checksum; answers the bytes written.

    Raises
    ------
    KnownError
        ``corrupt-data`` if an entry is not what the list says of it.
    """
    archive = _opened(file, name)
    written = 0
    for entry in entries:
        target = folder / entry.path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            out.writelines(_unpacked(archive, entry, name))
        written += entry.size_bytes
    return written


def _unpacked(archive: zipfile.ZipFile, entry: Entry, name: str) -> Iterator[bytes]:
    """Blocks of an entry: as many bytes as it declares, and no more."""
    left = entry.size_bytes
    try:
        with archive.open(entry.info) as packed:
            while block := packed.read(min(BLOCK_BYTES, left + 1)):
                left -= len(block)
                if left < 0:
                    raise zipfile.BadZipFile("more bytes than declared")
                yield block
    except BROKEN as error:
        raise KnownError(
            "corrupt-data", f"{name}: {entry.path!r} cannot be unpacked: {error}", "pack it again"
        ) from error
    if left:
        raise KnownError("corrupt-data", f"{name}: {entry.path!r} ends {left:,} bytes early", "pack it again")
