"""numba with a cache where there is a place for one, and without where there is none."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

import numba
from numba.core.caching import FunctionCache
from numba.core.runtime import nrt

# numba imports SciPy's linear algebra only to see whether kernels may call BLAS, an eighth of a second in
# every process. Ours call none: it is told that there is none, unless somebody has imported it already.
_BLAS = "scipy.linalg.cython_blas"
if _BLAS not in sys.modules:
    sys.modules[_BLAS] = None  # type: ignore[assignment]  # how import is told that there is no such module
    try:
        importlib.import_module("numba.np.arraymath")
    finally:
        del sys.modules[_BLAS]

P = ParamSpec("P")
R = TypeVar("R")


class _Cache(FunctionCache):
    """Loads compiled kernels without the half of numba that only compiles, a tenth of a second in a process.

    numba's own loads all it knows to be sure its runtime has begun; the compiler does so itself, if it must.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Answer the kernel for these types, or None where the cache has none."""
        nrt.rtsys.initialize(target_context)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(sig, target_context)  # type: ignore[no-untyped-call]


def compiled(*, parallel: bool = False, fastmath: bool = False) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Compile with the GIL released; cached in NUMBA_CACHE_DIR or beside the source if either is writable.

    On a read-only tree without NUMBA_CACHE_DIR numba refuses ``cache=True`` at import; then every process
    compiles for itself (set-up pre-warms a cache and the worker hands each room a copy).
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        def make(*, cache: bool) -> Callable[P, R]:
            kernel: Any = numba.njit(nogil=True, parallel=parallel, fastmath=fastmath)(function)
            if cache:
                kernel._cache = _Cache(function)  # type: ignore[no-untyped-call]
            return cast(Callable[P, R], kernel)

        try:
            return make(cache=True)
        except RuntimeError:  # "cannot cache function: no locator available"
            return make(cache=False)

    return decorate
