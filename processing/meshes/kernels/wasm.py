"""meshoptimizer 1.3 as upstream's own WASM, run in process by wasmtime, one sandbox a call.

Arie, Kapoulkine et al., https://github.com/zeux/meshoptimizer (MIT); quadrics after Garland & Heckbert (1997)
and Hoppe (1999). A hostile mesh can at worst end its own sandbox.
"""

from __future__ import annotations

import atexit
import ctypes
import functools
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.meshes.kernels.asked import UNLIMITED, Asked, Floats, Indices, Simplified

NAME = "meshoptimizer-1.3.0-wasm"
WASM = Path(__file__).parents[1] / "_kernel" / "meshopt_simplifier.wasm"
MAX_MEMORY_BYTES = (1 << 32) - (1 << 16)

_ERROR_ABSOLUTE = 4
_PRUNE = 8


def is_there() -> bool:
    """Say whether set-up has extracted the kernel."""
    return WASM.is_file()


def simplify(asked: Asked) -> Simplified:
    """Collapse edges onto existing vertices."""
    call = _Call()
    index_count = asked.triangles.size
    source = call.put(asked.triangles)
    points = call.put(asked.positions)
    target = call.room(index_count * 4)
    error = call.room(4)
    options = _ERROR_ABSOLUTE | (_PRUNE if asked.prune else 0)
    tail = (asked.target_triangles * 3, min(asked.max_error, UNLIMITED), options, error)
    shape = (target, source, index_count, points, len(asked.positions), 12)
    if asked.attributes is None and asked.locked is None:
        count = call.run("meshopt_simplify", *shape, *tail)
    else:
        extra = _attribute_arguments(call, asked)
        count = call.run("meshopt_simplifyWithAttributes", *shape, *extra, *tail)
    return Simplified(
        triangles=call.get(target, count, np.uint32).reshape(-1, 3),
        positions=asked.positions,
        attributes=asked.attributes,
        error=float(call.get(error, 1, np.float32)[0]),
    )


def simplify_with_update(asked: Asked) -> Simplified:
    """Collapse edges and solve positions and attributes of what is left again."""
    call = _Call()
    index_count = asked.triangles.size
    indices = call.put(asked.triangles)
    points = call.put(asked.positions)
    extra = _attribute_arguments(call, asked)
    error = call.room(4)
    count = call.run(
        "meshopt_simplifyWithUpdate",
        *(indices, index_count, points, len(asked.positions), 12, *extra, asked.target_triangles * 3),
        *(min(asked.max_error, UNLIMITED), _ERROR_ABSOLUTE, error),
    )
    solved = None
    if asked.attributes is not None:
        solved = call.get(extra[0], asked.attributes.size, np.float32).reshape(asked.attributes.shape)
    return Simplified(
        triangles=call.get(indices, count, np.uint32).reshape(-1, 3),
        positions=call.get(points, asked.positions.size, np.float32).reshape(-1, 3),
        attributes=solved,
        error=float(call.get(error, 1, np.float32)[0]),
    )


def simplify_sloppy(triangles: Indices, positions: Floats, *, target_triangles: int) -> Indices:
    """Simplify whatever the topology."""
    call = _Call()
    source, points = call.put(triangles), call.put(positions)
    target, error = call.room(triangles.size * 4), call.room(4)
    count = call.run(
        "meshopt_simplifySloppy",
        *(target, source, triangles.size, points, len(positions), 12, 0, target_triangles * 3),
        *(1.0, error),
    )
    return call.get(target, count, np.uint32).reshape(-1, 3)


def _attribute_arguments(call: _Call, asked: Asked) -> tuple[int, int, int, int, int]:
    data = call.put(asked.attributes) if asked.attributes is not None else 0
    stride = asked.attributes.shape[1] * 4 if asked.attributes is not None else 0
    weighting = call.put(np.asarray(asked.weights, np.float32)) if asked.weights else 0
    lock = call.put(asked.locked.astype(np.uint8)) if asked.locked is not None else 0
    return data, stride, weighting, len(asked.weights), lock


def compiled(wasm: bytes) -> bytes:
    """Answer a WASM as code of this machine, which loads in no time."""
    import wasmtime

    return bytes(wasmtime.Module(_engine(), wasm).serialize())


def compiled_beside(wasm: Path) -> Path:
    """Name the file with this machine's code for a WASM."""
    return wasm.with_suffix(".cwasm")


def _engine() -> Any:
    import wasmtime

    config = wasmtime.Config()
    # Its thread pool aborts the process where a room's limit on threads is met.
    config.parallel_compilation = False
    return wasmtime.Engine(config)


@functools.cache
def _loaded() -> tuple[Any, Any]:
    """Load once a process; every call gets its own store, whose memory goes with it."""
    import wasmtime

    # Freed before the interpreter takes wasmtime's own functions apart.
    atexit.register(_loaded.cache_clear)
    engine = _engine()
    try:
        return engine, wasmtime.Module.deserialize_file(engine, str(compiled_beside(WASM)))
    except wasmtime.WasmtimeError:
        # Set up on another kind of processor, or by another release: compiled here, which takes 50 ms.
        return engine, wasmtime.Module(engine, WASM.read_bytes())


class _Call:
    """One sandbox: a store, an instance, and room in its memory."""

    def __init__(self) -> None:
        import wasmtime

        engine, module = _loaded()
        self._store = wasmtime.Store(engine)
        self._store.set_limits(memory_size=MAX_MEMORY_BYTES)
        exports: Any = wasmtime.Instance(self._store, module, []).exports(self._store)
        self._exports: Any = exports
        self._memory: Any = exports["memory"]
        self._exports["__wasm_call_ctors"](self._store)
        self.room(-int(self._exports["sbrk"](self._store, 0)) % 16)

    def room(self, size: int) -> int:
        """Reserve bytes; answers their offset, a multiple of 16."""
        offset = int(self._exports["sbrk"](self._store, (size + 15) // 16 * 16)) & 0xFFFFFFFF
        if offset == 0xFFFFFFFF:
            raise KnownError("memory-limit", "the mesh is too large for one call of the simplifier")
        return offset

    def put(self, array: npt.NDArray[Any]) -> int:
        """Copy an array in; answers its offset."""
        plain = np.ascontiguousarray(array)
        offset = self.room(plain.nbytes)
        self._memory_view()[offset : offset + plain.nbytes] = plain.reshape(-1).view(np.uint8)
        return offset

    def get(self, offset: int, count: int, dtype: type[Any]) -> npt.NDArray[Any]:
        """Copy count elements out."""
        size = count * np.dtype(dtype).itemsize
        return self._memory_view()[offset : offset + size].copy().view(dtype)

    def run(self, name: str, *arguments: float) -> int:
        """Call an export; a trap ends the sandbox, not the process."""
        import wasmtime

        try:
            return int(self._exports[name](self._store, *arguments))
        except wasmtime.Trap as trap:
            raise KnownError(
                "memory-limit",
                f"the simplifier stopped: {str(trap).splitlines()[0]}",
                "simplify a smaller part",
            ) from trap

    def _memory_view(self) -> npt.NDArray[np.uint8]:
        # The memory may have grown, and moved, in any call: never keep a view.
        size = self._memory.data_len(self._store)
        pointer = ctypes.cast(self._memory.data_ptr(self._store), ctypes.c_void_p)
        raw = (ctypes.c_uint8 * size).from_address(pointer.value or 0)
        return np.frombuffer(raw, np.uint8)
