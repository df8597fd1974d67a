"""What the tiles of a cloud depend on besides its points: grid, cube, and which attributes it has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from processing.geometry.morton import BITS
from processing.points.grid import Cube, Grid

# Drawn positions are steps from the low corner of a tile's own cube: 16 bits, or in larger cubes the whole
# numbers that float32 holds exactly: points of upper levels, which stay in sight, are as true as the others.
POSITION_BITS, WIDE_BITS = 16, 24


@dataclass(frozen=True, kw_only=True)
class Attributes:
    """Which attributes the cloud has, besides positions."""

    rgb: bool = False
    intensity: bool = False
    classification: bool = False


@dataclass(frozen=True, kw_only=True)
class TilePlan:
    """The cube over all points, what they carry, and how many there are."""

    cube: Cube
    attributes: Attributes
    points: int

    def coarser(self, level: int) -> int:
        """Answer by how many bits the cells of a level's tiles are coarsened: none below 13 km at 0.8 mm."""
        return max(0, self.cube.bits - level - WIDE_BITS)

    def position_bits(self, level: int) -> int:
        """Answer how many bits a drawn position has: above 16 it is float32."""
        return min(WIDE_BITS, max(POSITION_BITS, self.cube.bits - level))

    def step_m(self, level: int) -> float:
        """Answer the step of a level's tiles."""
        return self.cube.grid.step_m * float(2 ** self.coarser(level))

    def error_m(self, level: int) -> float:
        """Answer how far a drawn point may be from the true one, metres, in space (a diagonal)."""
        lost = (2 ** self.coarser(level) - 1) / 2 * self.cube.grid.step_m
        return float(3**0.5 * (self.cube.grid.error_m + lost))

    @property
    def spare_bits(self) -> int:
        """How many of the lowest bits of all keys are zero."""
        return 3 * max(0, BITS - self.cube.bits)

    def as_json(self) -> dict[str, Any]:
        """Write the plan; floats come back as they were."""
        return {
            "grid": self.cube.grid.as_json(),
            "corner": self.cube.corner.tolist(),
            "bits": self.cube.bits,
            "attributes": {name: getattr(self.attributes, name) for name in Attributes.__dataclass_fields__},
            "points": self.points,
        }

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> TilePlan:
        """Read what ``as_json`` wrote."""
        grid = Grid(
            origin=np.array(said["grid"]["origin"], np.float64),
            step_m=float(said["grid"]["step_m"]),
            error_m=float(said["grid"]["error_m"]),
        )
        cube = Cube(grid=grid, corner=np.array(said["corner"], np.int64), bits=int(said["bits"]))
        return cls(cube=cube, attributes=Attributes(**said["attributes"]), points=int(said["points"]))
