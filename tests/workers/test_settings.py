"""What a worker is told at start."""

import pytest
from pydantic import ValidationError

from storage.jobs import kinds
from tests.workers.world import worker_settings
from workers.operations import OPERATIONS
from workers.settings import WorkerSettings

BROKER = {"HERITWIN_BROKER_URL": "redis://127.0.0.1:1/0"}


def told(**more: str) -> WorkerSettings:
    """Settings from variables."""
    return worker_settings(BROKER | {f"HERITWIN_{name.upper()}": value for name, value in more.items()})


def test_it_does_every_operation_there_is():
    assert set(told().own_operations) == set(OPERATIONS) == set(kinds.OPERATIONS)


def test_it_does_only_what_it_is_kept_for():
    assert told(operations="tile-group,join-tiles").own_operations == ("tile-group", "join-tiles")


def test_it_refuses_to_be_kept_for_what_there_is_not():
    with pytest.raises(ValidationError, match="no tile-grup; known are verify-upload"):
        told(operations="tile-grup,join-tiles")


def test_it_shares_clouds_from_a_hundred_million_points():
    sharing = told().sharing

    assert (sharing.spread_points, sharing.group_points) == (100_000_000, 25_000_000)
    assert told(spread_points="7").sharing.spread_points == 7
