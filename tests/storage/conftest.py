"""Fixtures of the storage specs: sessions on a real database, an object store on a real bucket."""

import uuid
from collections.abc import Iterator

import pytest

from storage.db import Sessions, make_engine, make_sessions
from storage.objects.s3 import S3Store
from tests.conftest import S3Settings
from tests.storage.world import World
from tests.support.run import Run


@pytest.fixture
def sessions(own_database_url: str) -> Iterator[Sessions]:
    """Sessions on a fresh, migrated database of this test alone."""
    engine = make_engine(own_database_url)
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture(scope="session")
def s3(s3_settings: S3Settings) -> S3Store:
    """The S3 store on this worker's bucket."""
    return S3Store(
        endpoint=s3_settings.endpoint,
        public_endpoint=None,
        bucket=s3_settings.bucket,
        region="us-east-1",
        access_key=s3_settings.access_key,
        secret_key=s3_settings.secret_key,
    )


@pytest.fixture
def fresh_world(sessions: Sessions) -> World:
    """A world of this test alone."""
    return World(sessions)


@pytest.fixture(scope="module")
def world(module_world: World) -> World:
    """The module's world."""
    return module_world


@pytest.fixture
def quiet_world(module_world: World) -> World:
    """The module's world with an empty queue: for specs of jobs, which stand in one queue for all."""
    module_world.empty_queue()
    return module_world


@pytest.fixture(scope="module")
def module_world(run: Run, template: str) -> Iterator[World]:
    """Two organisations with people of every role, and a memory store, for the specs of one module."""
    name = f"module_{uuid.uuid4().hex}"
    url = run.create_database(name, template)
    engine = make_engine(url)
    yield World(make_sessions(engine), url)
    engine.dispose()
    run.drop_database(name)
