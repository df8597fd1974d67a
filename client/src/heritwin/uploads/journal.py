"""What an unfinished upload needs to go on after a crash, a reboot or Ctrl-C."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from heritwin import settings
from heritwin.uploads.files import LocalFile


class Journal:
    """One small file an upload, found again from the server, the asset and the files."""

    def __init__(self, server: str, asset_id: str, files: list[LocalFile]) -> None:
        identity = [server, asset_id, *sorted([str(f.path), f.size_bytes, f.modified_ns] for f in files)]
        name = hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:24]
        self.path: Path = settings.folder() / "uploads" / f"{name}.json"

    def read(self) -> dict[str, Any]:
        """What was written last, or nothing; a torn file counts as nothing."""
        try:
            kept = json.loads(self.path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return kept if isinstance(kept, dict) else {}

    def write(self, **values: object) -> None:
        """Add to the journal; the file is replaced whole, so that a crash leaves the old one."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps({**self.read(), **values}), "utf-8")
        temporary.replace(self.path)

    def forget(self) -> None:
        """The upload is complete: nothing is left to go on with."""
        self.path.unlink(missing_ok=True)
