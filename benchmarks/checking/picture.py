"""Draws the points of a level as they are, without lines or surfaces, so that unevenness would show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.checking.evenness import Level

WIDTH, HEIGHT = 1200, 620
BACKGROUND = (247, 247, 244)
# Seen from the front and the left, from above; degrees.
TURN_DEG, LIFT_DEG = 24.0, 22.0
SMOOTHING = 2


def draw(drawn: Level, path: Path) -> None:
    """Draw a level from afar (parallel rays), nearer points over farther ones, as a WebP or PNG."""
    turn, lift = np.radians(TURN_DEG), np.radians(LIFT_DEG)
    right = np.array([np.cos(turn), -np.sin(turn), 0.0])
    ahead = np.array([np.sin(turn) * np.cos(lift), np.cos(turn) * np.cos(lift), -np.sin(lift)])
    up = np.cross(right, ahead)
    view = drawn.xyz.astype(np.float64) @ np.stack([right, up, ahead], axis=1)
    low, high = np.percentile(view[:, :2], [0.2, 99.8], axis=0)
    size = np.array([WIDTH, HEIGHT]) * SMOOTHING
    scale = float((size / (high - low) * 0.96).min())
    place = (view[:, :2] - (low + high) / 2) * scale * [1, -1] + size / 2
    order = np.argsort(-view[:, 2])
    canvas = np.full((size[1], size[0], 3), BACKGROUND, np.uint8)
    # A point is a third of the spacing wide, so that its neighbours stay apart.
    width = max(1, round(drawn.spacing_m / 3 * scale))
    _splat(canvas, place[order].astype(np.int64), drawn.srgb[order], width)
    picture = Image.fromarray(canvas).resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, quality=82)


def _splat(canvas: NDArray[np.uint8], place: NDArray[np.int64], srgb: NDArray[np.uint8], width: int) -> None:
    """Paint squares, each whole before the next nearer one: numpy keeps the last of equal indices."""
    count = width * width
    step = np.stack(np.meshgrid(np.arange(width), np.arange(width), indexing="ij"), axis=-1).reshape(-1, 2)
    at = (place[:, None, :] + step - width // 2).reshape(-1, 2)
    inside = ((at >= 0) & (at < [canvas.shape[1], canvas.shape[0]])).all(axis=1)
    canvas[at[inside, 1], at[inside, 0]] = np.repeat(srgb, count, axis=0)[inside]
