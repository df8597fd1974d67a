"""Join the parts of a spread cloud into one tileset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from processing.points.shared.join import join_parts
from processing.progress import Progress
from processing.room.inputs import Inputs


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Join what ``spread`` and every ``tile-group`` left; the answer is that of ``tile``."""
    return join_parts(inputs, arguments, out, progress)
