"""The tiles above chunks: each is made as soon as all below it are there."""

from __future__ import annotations

from dataclasses import dataclass, field

from processing.meshes.tiles.cube import BIN_DEPTH, Cube
from processing.meshes.tiles.growing import Grown, Output, Recipe, grow_above
from processing.meshes.tiles.spilling import Chunk
from processing.tiles.subtrees import TilePlace


@dataclass(eq=False, kw_only=True)
class _Above:
    """A cell that several chunks or cells stand in; ``left`` of them are not there yet."""

    place: TilePlace
    above: _Above | None
    left: int
    there: list[tuple[int, Grown]] = field(default_factory=list)


class Joiner:
    """Takes what came of chunks, in any order; answers contents as they are made, the root at last.

    Taken in Morton order, it holds no more than the siblings of one path down the tree.
    """

    def __init__(self, chunks: list[Chunk], cube: Cube, recipe: Recipe) -> None:
        self._recipe = recipe
        self._above: list[_Above | None] = [None] * len(chunks)
        self.root: Grown | None = None
        waiting: list[tuple[int, list[int], _Above | None]] = [(0, list(range(len(chunks))), None)]
        while waiting:
            depth, held, above = waiting.pop()
            if len(held) == 1:
                self._above[held[0]] = above
                continue
            groups: dict[int, list[int]] = {}
            for number in held:
                groups.setdefault(chunks[number].first_bin >> 3 * (BIN_DEPTH - depth - 1), []).append(number)
            if len(groups) > 1:
                cell = cube.place(depth, chunks[held[0]].keys()[0])
                above = _Above(place=(depth, *cell), above=above, left=len(groups))
            waiting.extend((depth + 1, group, above) for group in groups.values())

    def add(self, number: int, grown: Grown | None) -> list[Output]:
        """Take the uppermost tile of a chunk (None: it was empty); make what is complete by it."""
        outputs: list[Output] = []
        above = self._above[number]
        while above is not None:
            above.left -= 1
            if grown is not None:
                above.there.append((number, grown))
            if above.left:
                return outputs
            below = [one for _, one in sorted(above.there, key=lambda there: there[0])]
            above.there.clear()
            if len(below) > 1:
                grown, made = grow_above(above.place, below, self._recipe)
                outputs.append(made)
            else:
                # Nothing is beside it after all.
                grown = below[0] if below else None
            above = above.above
        self.root = grown
        return outputs
