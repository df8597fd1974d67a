"""Whether an asset has a version of these very files already: a list sent again sends nothing twice."""

from __future__ import annotations

import hashlib

from heritwin.api import Api, Json
from heritwin.uploads.files import LocalFile, opened


def version_of(api: Api, asset_id: str, files: list[LocalFile], stated: Json) -> Json | None:
    """The newest version of the same files (path, size, digest) and statements; read only if needed."""
    wanted = {(file.name, file.size_bytes) for file in files}
    digests: dict[str, str] = {}
    found = [
        version
        for version in api.items(f"/v1/assets/{asset_id}/versions")
        if {(entry["path"], entry["size_bytes"]) for entry in version["files"]} == wanted
        and version["stated"] == stated
    ]
    for version in sorted(found, key=lambda one: str(one["created_at"]), reverse=True):
        promised = {entry["path"]: entry["sha256"] for entry in version["files"]}
        if None in promised.values():
            continue
        for file in files:
            if file.name not in digests:
                digests[file.name] = digest(file)
        if digests == promised:
            return version
    return None


def digest(file: LocalFile) -> str:
    """The SHA-256 of a whole file, as hex."""
    with opened(file) as stream:
        seen = hashlib.file_digest(stream, "sha256").hexdigest()
    file.check()
    return seen
