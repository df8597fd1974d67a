"""What was missing when rows and objects were last compared, in words."""

import json
from pathlib import Path
from typing import Any

from stack.folder import DataFolder

SHOWN = 10


def report_path(folder: DataFolder) -> Path:
    """Where the last comparison is written."""
    return folder.run / "missing.json"


def last(folder: DataFolder) -> dict[str, Any] | None:
    """The last comparison, None before the first."""
    path = report_path(folder)
    return json.loads(path.read_text()) if path.exists() else None


def as_lines(found: dict[str, Any]) -> list[str]:
    """What is missing, in words; nothing if nothing is."""
    missing = found["missing"]
    if not missing:
        return []
    lines = [f"{len(missing)} of {found['objects']} objects that rows acknowledge are MISSING or cut short:"]
    for one in missing[:SHOWN]:
        instead = "nothing" if one["found_bytes"] is None else f"{one['found_bytes']} bytes"
        lines.append(f"  {one['key']}: {one['size_bytes']} bytes expected, {instead} there")
    if len(missing) > SHOWN:
        lines.append(f"  … and {len(missing) - SHOWN} more, see run/missing.json")
    return [*lines, "  what to do: docs, For the operator, What a power cut may lose"]
