"""Accessors of a glTF as arrays: plain, sparse, meshopt and Draco, every range checked first."""

from __future__ import annotations

from typing import Any

import DracoPy
import meshopt
import numpy as np
import numpy.typing as npt

from processing.errors import KnownError
from processing.formats.gltf_document import Document, buffer_bytes, invalid, is_whole, part

Array = npt.NDArray[Any]
COMPONENTS: dict[int, type[Any]] = {
    5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32,
}  # fmt: skip
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
MAX_COUNT = 1 << 30
MAX_FREE_COUNT = 1 << 20
MESHOPT = ("EXT_meshopt_compression", "KHR_meshopt_compression")


def accessor(document: Document, number: Any) -> Array:
    """Read an accessor as (count, width) of its own component type, sparse values put in."""
    entry = document.entry("accessors", number)
    dtype, width, count = shape_of(document, entry)
    if "bufferView" in entry:
        values = _viewed(document, entry["bufferView"], entry.get("byteOffset", 0), dtype, width, count)
    else:
        # Nothing in the file pays for these zeros.
        if count > max(MAX_FREE_COUNT, document.item.source.size):
            raise KnownError("too-large", f"{document.item.path}: {count:,} elements without bytes", None)
        values = np.zeros((count, width), dtype)
    sparse = entry.get("sparse")
    if isinstance(sparse, dict):
        values = _with_sparse(document, values, sparse)
    return values


def as_floats(document: Document, number: Any) -> npt.NDArray[np.float64]:
    """Read an accessor as float64, integers scaled to 0..1 or -1..1 where it says normalised."""
    entry = document.entry("accessors", number)
    return normalised(accessor(document, number), bool(entry.get("normalized", False)))


def normalised(values: Array, scaled: bool) -> npt.NDArray[np.float64]:
    """Turn integers into float64 as glTF 2.0 section 3.11 says."""
    floats = values.astype(np.float64)
    if scaled and np.issubdtype(values.dtype, np.integer):
        floats = np.maximum(floats / np.iinfo(values.dtype).max, -1.0)
    return floats


def shape_of(document: Document, entry: dict[str, Any]) -> tuple[type[Any], int, int]:
    """Answer the component type of an accessor, how many a row has, and how many rows there are."""
    dtype, width = _component(entry), WIDTHS.get(str(entry.get("type")))
    count = entry.get("count")
    if dtype is None or width is None or not is_whole(count) or count < 1:
        raise invalid(document.item, "an accessor has no valid type or count")
    if count > MAX_COUNT:
        raise KnownError("too-large", f"{document.item.path}: an accessor of {count:,} elements", None)
    return dtype, width, count


def _component(entry: dict[str, Any]) -> type[Any] | None:
    found = entry.get("componentType")
    return COMPONENTS.get(found) if is_whole(found) else None


def _viewed(document: Document, number: Any, offset: Any, dtype: type[Any], width: int, count: int) -> Array:
    view = document.entry("bufferViews", number)
    data, stride = _view_bytes(document, view)
    size = np.dtype(dtype).itemsize * width
    stride = stride or size
    if not is_whole(offset) or offset < 0 or stride < size:
        raise invalid(document.item, "an accessor has no valid offset or stride")
    need = offset + (count - 1) * stride + size
    if need > len(data):
        text = f"an accessor needs {need:,} bytes of a view that has {len(data):,}"
        raise invalid(document.item, text, "count-mismatch")
    return rows_of(data[offset:need], stride, dtype, width, count)


def rows_of(
    data: bytes | memoryview, stride: int, dtype: type[Any], width: int, count: int
) -> npt.NDArray[Any]:
    """Take rows (count, width) that begin ``stride`` bytes apart; ``data`` ends with the last of them."""
    size = np.dtype(dtype).itemsize * width
    if stride == size:
        return np.frombuffer(data, dtype, count * width).reshape(count, width)
    rows = np.lib.stride_tricks.as_strided(
        np.frombuffer(data, np.uint8), (count, size), (stride, 1), writeable=False
    )
    return np.ascontiguousarray(rows).view(dtype)


def _view_bytes(document: Document, view: dict[str, Any]) -> tuple[memoryview, int]:
    """Answer the bytes of a view and its stride; meshopt views are decoded."""
    extensions = view.get("extensions", {})
    for name in MESHOPT:
        if isinstance(extensions, dict) and isinstance(extensions.get(name), dict):
            return _decoded(document, extensions[name])
    return view_slice(document, view), _integer(document, view, "byteStride", 0)


def view_slice(document: Document, view: dict[str, Any]) -> memoryview:
    """Answer the stored bytes of a view, checked against its buffer."""
    data = buffer_bytes(document, view.get("buffer"))
    offset, length = _integer(document, view, "byteOffset", 0), _integer(document, view, "byteLength", -1)
    if length < 0 or offset + length > len(data):
        text = f"a view of {length:,} bytes at {offset:,} does not fit its buffer of {len(data):,}"
        raise invalid(document.item, text, "count-mismatch")
    return memoryview(data)[offset : offset + length]


def _integer(document: Document, entry: dict[str, Any], name: str, default: int) -> int:
    value = entry.get(name, default)
    if not is_whole(value) or (value < 0 and value != default):
        raise invalid(document.item, f"{name} is {value!r}")
    return value


def _decoded(document: Document, extension: dict[str, Any]) -> tuple[memoryview, int]:
    count, stride = _integer(document, extension, "count", 0), _integer(document, extension, "byteStride", 0)
    mode, filtered = extension.get("mode"), str(extension.get("filter", "NONE"))
    sane = 0 < stride <= 256 and 0 < count <= MAX_COUNT and mode in ("ATTRIBUTES", "TRIANGLES", "INDICES")
    if not sane:
        raise invalid(document.item, "a meshopt view has no valid mode, count or stride")
    stored = bytes(view_slice(document, extension))
    try:
        # A byte of input can stand for at most 16 vertices' worth; more is a bomb.
        if count * stride > max(len(stored), 1) * 4096:
            raise ValueError("the view claims more than its bytes can hold")
        data = meshopt.decode_gltf_buffer(stored, count, stride, mode, filtered)
    except (ValueError, RuntimeError, TypeError) as error:
        raise invalid(document.item, f"a meshopt view cannot be decoded: {error}", "corrupt-data") from error
    return memoryview(np.ascontiguousarray(data).tobytes()), stride


def _with_sparse(document: Document, values: Array, sparse: dict[str, Any]) -> Array:
    count = _integer(document, sparse, "count", 0)
    where, what = sparse.get("indices"), sparse.get("values")
    if not isinstance(where, dict) or not isinstance(what, dict) or not 0 < count <= len(values):
        raise invalid(document.item, "a sparse accessor is not complete")
    dtype = _component(where)
    if dtype not in (np.uint8, np.uint16, np.uint32):
        raise invalid(document.item, "sparse indices have no valid type")
    rows = _viewed(document, where.get("bufferView"), where.get("byteOffset", 0), dtype, 1, count)[:, 0]
    if int(rows.max()) >= len(values):
        raise invalid(document.item, f"a sparse value for element {int(rows.max())}", "index-out-of-range")
    new = _viewed(
        document, what.get("bufferView"), what.get("byteOffset", 0), values.dtype.type, values.shape[1], count
    )
    replaced = values.copy()
    replaced[rows] = new
    return replaced


def draco(document: Document, extension: dict[str, Any]) -> tuple[npt.NDArray[np.uint32], dict[str, Array]]:
    """Decode a Draco primitive: (m, 3) triangles, and its attributes by glTF name, as stored."""
    view = document.entry("bufferViews", extension.get("bufferView"))
    try:
        mesh = DracoPy.decode(bytes(view_slice(document, view)))
    except (ValueError, RuntimeError, DracoPy.FileTypeException) as error:
        raise invalid(document.item, f"Draco data cannot be decoded: {error}", "corrupt-data") from error
    named = part(document, extension, "attributes")
    by_id = {entry["unique_id"]: np.asarray(entry["data"]) for entry in mesh.attributes}
    found = {name: by_id[number] for name, number in named.items() if type(number) is int and number in by_id}
    faces = getattr(mesh, "faces", None)
    if faces is None or "POSITION" not in found:
        raise invalid(document.item, "Draco data holds no triangles or no positions", "corrupt-data")
    return np.asarray(faces, np.uint32).reshape(-1, 3), found
