"""Pairs the points of tiles with those of the input, and measures how far each of them was moved."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.checking.tally import Points, Words

# Decoding and flooring in float64, kilometres from zero.
SLACK_M = 1e-8


@dataclass
class Gathered:
    """Points of one share of the keys, kept until both sides are there."""

    keys: list[Words]
    xyz: list[NDArray[np.float64]]
    srgb: list[NDArray[np.float32]]
    steps_m: list[NDArray[np.float32]]

    @classmethod
    def nothing(cls) -> Gathered:
        """Begin."""
        return cls(keys=[], xyz=[], srgb=[], steps_m=[])

    def add(self, chosen: NDArray[np.bool_], keys: Words, points: Points, step_m: float) -> None:
        """Keep the chosen points; ``step_m`` is that of their tile (0: of the input)."""
        self.keys.append(keys[chosen])
        self.xyz.append(points.xyz[chosen])
        self.srgb.append(points.srgb[chosen].astype(np.float32))
        self.steps_m.append(np.full(len(self.keys[-1]), step_m, np.float32))

    def ordered(self) -> _Ordered:
        """Put all in the order of their keys; where keys are equal, of colour and place."""
        keys = np.concatenate(self.keys) if self.keys else np.zeros(0, np.uint64)
        xyz = np.concatenate(self.xyz) if self.xyz else np.zeros((0, 3))
        srgb = np.concatenate(self.srgb) if self.srgb else np.zeros((0, 3), np.float32)
        steps_m = np.concatenate(self.steps_m) if self.steps_m else np.zeros(0, np.float32)
        order = np.argsort(keys, kind="stable")
        held = keys[order]
        twin = np.zeros(len(held), np.bool_)
        same = held[1:] == held[:-1]
        twin[1:] |= same
        twin[:-1] |= same
        at = np.flatnonzero(twin)
        few = order[at]
        # Twins share a cell: their colours tell them apart, and if not, a direction that no wall stands in.
        along = xyz[few] @ np.array([0.6123, 0.5347, 0.5822])
        colour = np.round(srgb[few]).astype(np.int64) @ np.array([65536, 256, 1])
        order[at] = few[np.lexsort((along, colour, keys[few]))]
        return _Ordered(keys=keys[order], xyz=xyz[order], srgb=srgb[order], steps_m=steps_m[order])


@dataclass(frozen=True, kw_only=True)
class _Ordered:
    keys: Words
    xyz: NDArray[np.float64]
    srgb: NDArray[np.float32]
    steps_m: NDArray[np.float32]

    def only(self, chosen: NDArray[np.bool_]) -> _Ordered:
        return _Ordered(
            keys=self.keys[chosen],
            xyz=self.xyz[chosen],
            srgb=self.srgb[chosen],
            steps_m=self.steps_m[chosen],
        )


@dataclass(kw_only=True)
class Moved:
    """What pairing found: points without a partner on either side, and how far pairs lie apart.

    ``displaced`` counts pairs further apart on an axis than half the step of their tile.
    """

    pairs: int = 0
    lost: int = 0
    added: int = 0
    displaced: int = 0
    farthest_m: float = 0.0
    colour_error: float = 0.0

    def add(self, there: Gathered, here: Gathered) -> None:
        """Pair what was gathered of the input with what was gathered of the tiles."""
        a, b = there.ordered(), here.ordered()
        if not np.array_equal(a.keys, b.keys):
            a, b = self._common(a, b)
        self.pairs += len(a.keys)
        if not len(a.keys):
            return
        apart = np.abs(a.xyz - b.xyz)
        beyond = (apart > (b.steps_m / 2)[:, None] * (1 + 1e-6) + SLACK_M).any(axis=1)
        self.displaced += int(beyond.sum())
        self.farthest_m = max(self.farthest_m, float(np.sqrt((apart**2).sum(axis=1).max())))
        self.colour_error = max(self.colour_error, float(np.abs(a.srgb - b.srgb).max()))

    def _common(self, a: _Ordered, b: _Ordered) -> tuple[_Ordered, _Ordered]:
        """Count what only one side has; answer what both have as many of."""
        keys_a, count_a = np.unique(a.keys, return_counts=True)
        keys_b, count_b = np.unique(b.keys, return_counts=True)
        both, in_a, in_b = np.intersect1d(keys_a, keys_b, assume_unique=True, return_indices=True)
        shared = np.minimum(count_a[in_a], count_b[in_b])
        self.lost += int(count_a.sum() - shared.sum())
        self.added += int(count_b.sum() - shared.sum())
        even = both[count_a[in_a] == count_b[in_b]]
        return a.only(np.isin(a.keys, even)), b.only(np.isin(b.keys, even))
