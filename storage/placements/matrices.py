"""4x4 transforms as lists of numbers: composing and inverting them needs no array library."""

from collections.abc import Sequence
from math import isfinite

from storage.errors import InvalidError
from storage.placements.records import Matrix

IDENTITY: Matrix = tuple(tuple(1.0 if i == j else 0.0 for j in range(4)) for i in range(4))


def as_matrix(numbers: Sequence[float], size: int = 4) -> Matrix:
    """Return `size` x `size` rows of a flat row-major list."""
    return tuple(tuple(numbers[i * size : (i + 1) * size]) for i in range(size))


def flat(matrix: Sequence[Sequence[float]], size: int = 4) -> list[float]:
    """Return the flat row-major list of a matrix; InvalidError unless it has that size and is finite."""
    if len(matrix) != size or any(len(row) != size for row in matrix):
        raise InvalidError(f"a {size}x{size} matrix is needed")
    numbers = [float(value) for row in matrix for value in row]
    if not all(isfinite(value) for value in numbers):
        raise InvalidError("a matrix needs finite numbers")
    return numbers


def require_rigid(matrix: Sequence[Sequence[float]], *, tolerance: float = 1e-6) -> Matrix:
    """Return a rigid transform as it was given; InvalidError for one that scales, shears or mirrors."""
    made = as_matrix(flat(matrix))
    rotation = [row[:3] for row in made[:3]]
    for i in range(3):
        for j in range(3):
            dot = sum(rotation[i][k] * rotation[j][k] for k in range(3))
            if abs(dot - (1.0 if i == j else 0.0)) > tolerance:
                raise InvalidError("this transform is not rigid: it scales or shears")
    (a, b, c), (d, e, f), (g, h, i2) = rotation
    determinant = a * (e * i2 - f * h) - b * (d * i2 - f * g) + c * (d * h - e * g)
    if determinant < 0:
        raise InvalidError("this transform is not rigid: it mirrors")
    if any(abs(value - wanted) > tolerance for value, wanted in zip(made[3], (0, 0, 0, 1), strict=True)):
        raise InvalidError("the last row of a transform is 0 0 0 1")
    return made


def compose(a_from_b: Matrix, b_from_c: Matrix) -> Matrix:
    """Return `a_from_c`."""
    columns = list(zip(*b_from_c, strict=True))
    return tuple(
        tuple(sum(x * y for x, y in zip(row, column, strict=True)) for column in columns) for row in a_from_b
    )


def invert(a_from_b: Matrix) -> Matrix:
    """Return `b_from_a` of a rigid transform: the transposed rotation."""
    rotation = list(zip(*[row[:3] for row in a_from_b[:3]], strict=True))
    shift = [row[3] for row in a_from_b[:3]]
    rows = [(*turned, -sum(r * s for r, s in zip(turned, shift, strict=True))) for turned in rotation]
    return (*rows, (0.0, 0.0, 0.0, 1.0))


def apply(a_from_b: Matrix, point_b: Sequence[float]) -> tuple[float, float, float]:
    """Return a point (x, y, z; metres) of frame b in frame a."""
    x, y, z = (sum(m * p for m, p in zip(row[:3], point_b, strict=True)) + row[3] for row in a_from_b[:3])
    return (x, y, z)
