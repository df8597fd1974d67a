"""Fixtures of the specs of meshes."""

import pytest

from processing.meshes import kernel


@pytest.fixture(params=["wasm", "numba"])
def simplifier(request):
    """Each of the two simplifiers, for what holds with any."""
    yield kernel.choose(request.param)
    kernel.choose(None)
