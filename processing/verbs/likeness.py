"""How alike two pictures are, pixel by pixel."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from processing.errors import KnownError
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.room.sources import open_source

MOST_PIXELS = 64_000_000


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:  # noqa: ARG001
    """Compare two pictures of one size.

    Returns
    -------
    ``mean`` and ``largest`` difference of 0..255 over all channels, and the ``share`` of pixels of which a
    channel differs by more than ``step``.
    """
    if len(inputs) != 2:
        raise KnownError("invalid-arguments", f"two pictures are compared, {len(inputs)} were given")
    progress.stage("comparing", 2, "pictures")
    limit = int(arguments.get("step", 16))
    first, second = (_pixels(open_source(item.source).read(), item.path) for item in inputs)
    if first.shape != second.shape:
        sizes = " and ".join(f"{a.shape[1]}×{a.shape[0]}" for a in (first, second))
        return {"mean": 255.0, "largest": 255, "share": 1.0, "reason": f"sizes {sizes} differ"}
    difference = np.abs(first.astype(np.int16) - second.astype(np.int16))
    return {
        "mean": float(difference.mean()),
        "largest": int(difference.max()),
        "share": float((difference.max(axis=2) > limit).mean()),
    }


def _pixels(content: bytes, name: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    try:
        with Image.open(BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise KnownError("too-large", f"{name} has {picture.width}×{picture.height} pixels")
            return np.asarray(picture.convert("RGB"))
    except (OSError, ValueError, SyntaxError) as error:
        raise KnownError("corrupt-data", f"{name} is no picture: {error}") from error
