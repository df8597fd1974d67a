"""Fixtures of the workers' specs."""

from pathlib import Path

import pytest

from tests.workers.rooms import Bench
from workers.room.probe import Isolation, probe


@pytest.fixture(scope="session")
def isolation(bwrap: Path) -> Isolation:
    """The strongest isolation of this machine; bubblewrap where it is installed."""
    found = probe()
    assert found.is_strict, found.detail
    return found


@pytest.fixture
def bench(isolation: Isolation, tmp_path: Path) -> Bench:
    """A strict room."""
    return Bench(isolation=isolation, root=tmp_path)


@pytest.fixture
def bare_bench(tmp_path: Path) -> Bench:
    """A best-effort room, as where bubblewrap cannot run."""
    return Bench(
        isolation=Isolation(name="rlimits", identity=None, detail="asked for"), root=tmp_path, is_strict=False
    )
