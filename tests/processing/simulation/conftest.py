"""A small simulated survey, made once for all specs of the simulator."""

from pathlib import Path

import pytest

from processing.progress import SilentProgress
from processing.simulation.survey import simulate

POINTS, TRIANGLES, SEED = 60_000, 12_000, 7


@pytest.fixture(scope="session")
def small_survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All eight captures of seed 7, small."""
    folder = tmp_path_factory.mktemp("survey")
    simulate(folder, seed=SEED, points=POINTS, triangles=TRIANGLES, only=None, progress=SilentProgress())
    return folder
