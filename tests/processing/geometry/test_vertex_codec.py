"""Our vertex streams, read by meshoptimizer itself."""

from __future__ import annotations

import meshopt
import numpy as np
import pytest

from processing.geometry.vertex_codec import encode_rows, most_bytes

KINDS = {
    "noise": lambda rng, shape: rng.integers(0, 256, shape),
    "slow": lambda rng, shape: np.cumsum(rng.integers(-2, 3, shape), axis=0),
    "steps": lambda rng, shape: np.cumsum(rng.integers(-8, 9, shape), axis=0),
    "spikes": lambda rng, shape: np.where(rng.random(shape) < 0.1, rng.integers(0, 256, shape), 7),
    "nothing": lambda rng, shape: np.zeros(shape),
}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("rows", [1, 15, 16, 17, 255, 256, 257, 3000])
@pytest.mark.parametrize("width", [4, 8, 16])
def test_it_writes_streams_that_meshoptimizer_reads_and_does_not_beat(
    kind: str, rows: int, width: int
) -> None:
    values = KINDS[kind](np.random.default_rng(rows), (rows, width))
    values = (values.astype(np.int64) & 255).astype(np.uint8)
    out = np.empty(most_bytes(rows, width), np.uint8)
    end = encode_rows(values, out, 0)
    stream = out[:end].tobytes()
    read = meshopt.decode_gltf_buffer(stream, rows, width, "ATTRIBUTES")
    assert np.ascontiguousarray(read).tobytes() == values.tobytes()
    assert len(stream) <= len(meshopt.encode_gltf_buffer(values, "ATTRIBUTES", 0))
