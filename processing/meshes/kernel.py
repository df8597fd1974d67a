"""The simplifier: meshoptimizer's, and our own where that is not there or was not asked for.

Which of them a process works with is chosen once and recorded with what was made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from processing.errors import KnownError
from processing.meshes.kernels import own, wasm
from processing.meshes.kernels.asked import UNLIMITED, Asked, Bools, Floats, Indices, Kernel, Simplified

# wasm32 ends at 4 GiB, and a call takes about 200 bytes a triangle; ours takes 400. Larger go by clusters.
MAX_TRIANGLES, MAX_TRIANGLES_OWN = 12_000_000, 6_000_000
MAX_ATTRIBUTES = 32


@dataclass
class _Chosen:
    """Nothing is chosen as long as nobody asked: then it is what is there."""

    own: bool | None = None


_chosen = _Chosen()


def name() -> str:
    """Answer the name to record of the kernel this process works with."""
    return _kernel().NAME


def _kernel() -> Kernel:
    if _is_own():
        return own
    return wasm


def _is_own() -> bool:
    return not wasm.is_there() if _chosen.own is None else _chosen.own


def max_triangles() -> int:
    """Answer how many triangles one call takes."""
    return MAX_TRIANGLES_OWN if _is_own() else MAX_TRIANGLES


def choose(wanted: str | None = None) -> str:
    """Choose ``wasm``, ``numba``, or with None what is there; answers the name to record.

    Raises
    ------
    KnownError
        ``kernel-missing`` where meshoptimizer's is asked for by name and not there.
    """
    if wanted == "wasm" and not wasm.is_there():
        text = f"the mesh simplifier is not installed: {wasm.WASM.name}"
        raise KnownError("kernel-missing", text, "run `make setup` once, or leave --kernel out")
    if wanted not in (None, "wasm", "numba"):
        raise KnownError("kernel-missing", f"there is no simplifier {wanted!r}", "leave --kernel out")
    _chosen.own = None if wanted is None else wanted == "numba"
    return name()


def simplify(
    triangles: Indices,
    positions: Floats,
    *,
    target_triangles: int,
    max_error: float = UNLIMITED,
    attributes: Floats | None = None,
    weights: Sequence[float] = (),
    locked: Bools | None = None,
    prune: bool = False,
) -> Simplified:
    """Collapse edges onto existing vertices, so that whatever hangs on a vertex stays exact.

    Parameters
    ----------
    triangles, positions
        (m, 3) uint32 and (n, 3) float32, local coordinates in metres.
    target_triangles, max_error
        Stops at whichever is reached first; max_error in metres.
    attributes, weights
        (n, k) float32 and k weights: what else should be kept (colours 0..1, texture coordinates).
    locked
        (n,) bool: vertices that stay where they are. Locking one of several at a position locks them all.
    prune
        Drop shells too small to be seen; our own kernel does not.
    """
    asked = Asked(
        triangles=triangles, positions=positions, target_triangles=target_triangles, max_error=max_error,
        attributes=attributes, weights=weights, locked=locked, prune=prune,
    )  # fmt: skip
    _check(asked)
    return _kernel().simplify(asked)


def simplify_with_update(
    triangles: Indices,
    positions: Floats,
    *,
    target_triangles: int,
    max_error: float = UNLIMITED,
    attributes: Floats | None = None,
    weights: Sequence[float] = (),
    locked: Bools | None = None,
) -> Simplified:
    """Collapse edges and solve the best new position and attributes of each vertex that is left.

    Truer than :func:`simplify` at the same count, but vertices are no longer those of the source.
    Parameters as there.
    """
    asked = Asked(
        triangles=triangles, positions=positions, target_triangles=target_triangles, max_error=max_error,
        attributes=attributes, weights=weights, locked=locked,
    )  # fmt: skip
    _check(asked)
    return _kernel().simplify_with_update(asked)


def simplify_sloppy(triangles: Indices, positions: Floats, *, target_triangles: int) -> Indices:
    """Simplify whatever the topology: shells may close, merge or vanish. For the top of a tree only."""
    asked = Asked(
        triangles=triangles, positions=positions, target_triangles=target_triangles, max_error=UNLIMITED,
        attributes=None, weights=(), locked=None,
    )  # fmt: skip
    _check(asked)
    return _kernel().simplify_sloppy(triangles, positions, target_triangles=target_triangles)


def _check(asked: Asked) -> None:
    triangles, positions, weights = asked.triangles, asked.positions, asked.weights
    vertices = len(positions)
    _demand(triangles.dtype == np.uint32 and triangles.ndim == 2 and triangles.shape[1] == 3, "triangles")
    _demand(positions.dtype == np.float32 and positions.ndim == 2 and positions.shape[1] == 3, "positions")
    _demand(len(triangles) > 0 and vertices > 0, "an empty mesh")
    _demand(int(triangles.max()) < vertices, "a vertex number past the last vertex")
    # NaN is accepted silently by the kernel, with a useless result.
    _demand(bool(np.isfinite(positions).all()), "a position that is not finite")
    target = asked.target_triangles
    _demand(0 <= target <= len(triangles), f"a target of {target} triangles")
    _demand(asked.max_error >= 0, f"a largest error of {asked.max_error}")
    _demand(len(weights) <= MAX_ATTRIBUTES and all(w >= 0 for w in weights), "the attribute weights")
    if asked.attributes is not None:
        fits = asked.attributes.dtype == np.float32 and asked.attributes.shape == (vertices, len(weights))
        _demand(fits and bool(np.isfinite(asked.attributes).all()), "the attributes")
    if asked.locked is not None:
        _demand(asked.locked.shape == (vertices,), "the locks")
    if len(triangles) > max_triangles():
        raise KnownError(
            "too-large",
            f"{len(triangles):,} triangles in one call of the simplifier; it takes {max_triangles():,}",
            "simplify by clusters",
        )


def _demand(held: bool, what: str) -> None:
    if not held:
        raise KnownError("invalid-arguments", f"the simplifier was given {what} it cannot use")
