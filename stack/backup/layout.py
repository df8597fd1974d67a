"""What a folder of backups holds, and how one backup is known to be whole.

```
objects/<2 hex>/<sha256>        each object once, however many backups name it
backups/<moment>/database.dump  rows, as pg_dump writes them
                 objects.jsonl  key, sha256, bytes, media type of every object the rows name
                 manifest.json  digests of the other two, and of every table; written last
backups/<moment>.partial        a backup that was cut short: never restored, made anew by the next one
```
"""

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from stack.errors import BackupError, RestoreError

SCHEMA = 1
DUMP, OBJECTS, MANIFEST, PARTIAL = "database.dump", "objects.jsonl", "manifest.json", ".partial"


@dataclass(frozen=True, kw_only=True)
class SavedObject:
    """One object of a backup."""

    key: str
    sha256: str
    bytes: int
    media_type: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What one backup is; `tables` maps a name to its rows and their digest."""

    schema: int
    made_at: str
    revision: str
    database_sha256: str
    objects_sha256: str
    objects: int
    bytes: int
    tables: dict[str, dict[str, Any]]
    missing: list[str]


class Vault:
    """A folder of backups."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.objects = self.root / "objects"
        self.backups = self.root / "backups"
        self.lock_file = self.root / "lock"

    def prepare(self) -> None:
        """Make the folder, or refuse one that holds something else."""
        if self.root.exists() and any(self.root.iterdir()) and not self.backups.is_dir():
            raise BackupError(f"{self.root} holds something that is no backup", "give an empty or new folder")
        for folder in (self.root, self.objects, self.backups):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def place_of(self, sha256: str) -> Path:
        """Where an object of this digest lies."""
        return self.objects / sha256[:2] / sha256

    def whole(self) -> list[Path]:
        """Backups that were finished, oldest first."""
        if not self.backups.is_dir():
            return []
        return sorted(path.parent for path in self.backups.glob(f"*/{MANIFEST}") if is_whole(path.parent))

    def newest(self, name: str | None = None) -> Path:
        """The backup of that name, or the newest; refuses half ones."""
        if name is not None and not is_whole(self.backups / name):
            raise RestoreError(f"{self.backups / name} is no finished backup", self._say())
        found = [self.backups / name] if name is not None else self.whole()
        if not found:
            raise RestoreError(f"{self.root} holds no finished backup", self._say())
        return found[-1]

    def _say(self) -> str:
        names = ", ".join(path.name for path in self.whole())
        return f"finished ones: {names}" if names else "none was ever finished there"


def is_whole(backup: Path) -> bool:
    """Whether a backup was finished."""
    return backup.suffix != PARTIAL and (backup / MANIFEST).is_file()


def read_manifest(backup: Path) -> Manifest:
    """Read what a backup says of itself, and hold its two files to it."""
    content = json.loads((backup / MANIFEST).read_text("utf-8"))
    if content.get("schema") != SCHEMA:
        raise RestoreError(
            f"{backup.name} is of backup schema {content.get('schema')}, this version reads {SCHEMA}",
            "restore it with the version that made it, or a newer one",
        )
    manifest = Manifest(**content)
    for name, promised in ((DUMP, manifest.database_sha256), (OBJECTS, manifest.objects_sha256)):
        found = digest_of(backup / name)
        if found != promised:
            raise RestoreError(
                f"{backup / name} has sha256 {found}, {promised} was written", "take another backup"
            )
    return manifest


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Write the last file of a backup."""
    write_synced(backup / MANIFEST, json.dumps(asdict(manifest), indent=1).encode())


def write_objects(backup: Path, objects: Iterable[SavedObject]) -> None:
    """Write the list of objects."""
    lines = (json.dumps(asdict(saved), ensure_ascii=False) + "\n" for saved in objects)
    write_synced(backup / OBJECTS, "".join(lines).encode())


def read_objects(backup: Path) -> Iterator[SavedObject]:
    """Yield the objects of a backup."""
    with (backup / OBJECTS).open(encoding="utf-8") as lines:
        for line in lines:
            yield SavedObject(**json.loads(line))


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    if not path.is_file():
        return "nothing"
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_synced(path: Path, content: bytes) -> None:
    """Write a file, on the disk when this returns."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
