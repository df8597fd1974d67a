"""The simplifier: where it comes from, what it keeps, what it refuses."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from processing.errors import KnownError
from processing.meshes import kernel
from processing.meshes.kernels import wasm
from processing.meshes.kernels.setup import extract
from processing.meshes.topology import topology
from tests.processing.meshes.making import sphere, sphere_mesh

NODE_MODULES = Path(__file__).parents[3] / "kernel" / "node_modules"


def test_it_unpacks_the_pinned_script_to_the_wasm_in_use(tmp_path):
    extract(NODE_MODULES, tmp_path / "made.wasm")
    assert (tmp_path / "made.wasm").read_bytes() == wasm.WASM.read_bytes()


def test_it_refuses_a_script_that_was_changed(tmp_path):
    changed = tmp_path / "meshoptimizer" / "meshopt_simplifier.js"
    changed.parent.mkdir()
    changed.write_bytes((NODE_MODULES / "meshoptimizer" / "meshopt_simplifier.js").read_bytes() + b"\n")
    done = subprocess.run(
        [sys.executable, "-m", "processing.meshes.kernels.setup", tmp_path, tmp_path / "made.wasm"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "expected c3098ee4" in done.stderr
    assert not (tmp_path / "made.wasm").exists()


@pytest.mark.usefixtures("simplifier")
def test_it_keeps_a_sphere_a_sphere():
    points, triangles = sphere(100)
    made = kernel.simplify_with_update(triangles, points.astype(np.float32), target_triangles=4000)
    surface = topology(made.positions, made.triangles)
    assert len(made.triangles) <= 4000
    assert surface.watertight
    assert surface.components == 1
    assert surface.volume_m3 == pytest.approx(4 / 3 * np.pi, rel=2e-3)
    assert surface.area_m2 == pytest.approx(4 * np.pi, rel=2e-3)


@pytest.mark.usefixtures("simplifier")
def test_it_never_moves_a_locked_vertex():
    points, triangles = sphere(60)
    positions = points.astype(np.float32)
    locked = positions[:, 2] > 0.5
    made = kernel.simplify_with_update(triangles, positions, target_triangles=1000, locked=locked)
    assert np.array_equal(made.positions[locked], positions[locked])
    assert np.isin(np.flatnonzero(locked), made.triangles).all()


@pytest.mark.usefixtures("simplifier")
def test_it_keeps_original_vertices_where_only_indices_change():
    points, triangles = sphere(60)
    positions = points.astype(np.float32)
    made = kernel.simplify(triangles, positions, target_triangles=1000)
    assert made.positions is positions
    assert 0 < made.error < 0.05


@pytest.mark.usefixtures("simplifier")
def test_it_stops_at_an_error_in_metres():
    mesh = sphere_mesh(80)
    coarse = kernel.simplify(mesh.triangles, mesh.positions, target_triangles=1, max_error=0.01)
    fine = kernel.simplify(mesh.triangles, mesh.positions, target_triangles=1, max_error=0.001)
    assert coarse.error <= 0.01
    assert fine.error <= 0.001
    assert len(coarse.triangles) < len(fine.triangles)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda t, p: (t + np.uint32(10_000), p),
        lambda t, p: (t.astype(np.int64), p),
        lambda t, p: (t, p.astype(np.float64)),
        lambda t, p: (t, np.where(p > 0.999, np.float32("nan"), p)),
        lambda t, p: (t[:0], p),
    ],
    ids=["index", "integers", "doubles", "nan", "empty"],
)
def test_it_refuses_arrays_it_cannot_use(spoil):
    points, triangles = sphere(10)
    bad_triangles, bad_positions = spoil(triangles, points.astype(np.float32))
    with pytest.raises(KnownError) as refused:
        kernel.simplify(bad_triangles, bad_positions, target_triangles=1)
    assert refused.value.kind == "invalid-arguments"


@pytest.mark.parametrize("there", [None, b"code of another machine"])
def test_it_compiles_where_there_is_no_code_of_this_machine(there, tmp_path, monkeypatch):
    other = tmp_path / "a.cwasm"
    if there is not None:
        other.write_bytes(there)
    monkeypatch.setattr(wasm, "compiled_beside", lambda _: other)
    wasm._loaded.cache_clear()
    try:
        mesh = sphere_mesh(20)
        made = kernel.simplify(mesh.triangles, mesh.positions, target_triangles=200)
        assert 0 < len(made.triangles) <= 200
    finally:
        wasm._loaded.cache_clear()
