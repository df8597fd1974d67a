"""Fixtures of the workers' specs."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from storage import db as database
from storage.objects.opening import open_store
from storage.organisations.bootstrap import bootstrap_admin
from storage.organisations.queries import authenticate_key
from storage.subjects.commands import create_subject
from storage.versions.assets import create_asset
from tests.workers.rooms import Bench
from tests.workers.world import World, storage_settings, worker_settings
from workers.celery_app import HINTS_QUEUE, make_app
from workers.room.probe import Isolation, probe
from workers.runtime import Runtime, open_runtime, processing_room


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


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A folder that holds running jobs until a file ``open`` is in it."""
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


@pytest.fixture
def world(
    bwrap: Path, own_database_url: str, base_environment: dict[str, str], tmp_path: Path
) -> Iterator[World]:
    """An organisation with two assets, in a database of its own."""
    environment = {
        **base_environment,
        "HERITWIN_DATABASE_URL": own_database_url,
        "HERITWIN_DATA_DIR": str(tmp_path / "data"),
        "HERITWIN_WORKER_NAME": "hue",
        "HERITWIN_LOG_LEVEL": "INFO",
    }
    engine = database.make_engine(own_database_url)
    sessions = database.make_sessions(engine)
    with database.transaction(sessions) as db:
        secret = bootstrap_admin(db, organisation="hue", organisation_name="Huế", person="An")
    with database.transaction(sessions) as db:
        caller = authenticate_key(db, secret)
        (organisation_id,) = caller.roles
        subject = create_subject(
            db,
            caller,
            kind="site",
            code="hue",
            name={"vi": "Huế"},
            organisation_id=organisation_id,
            visibility="public",
        )
        assets = {
            kind: create_asset(db, caller, subject.id, kind=kind, name=name).id
            for kind, name in (("point_cloud", "scan"), ("mesh", "model"))
        }
    app = make_app(worker_settings(environment))
    with app.connection_for_write() as connection:
        queue = app.amqp.queues[HINTS_QUEUE].bind(connection.default_channel)
        queue.queue_declare()
        queue.purge()
    yield World(
        environment=environment,
        sessions=sessions,
        store=open_store(storage_settings(environment)),
        caller=caller,
        subject_id=subject.id,
        asset_ids=assets,
        folder=tmp_path,
    )
    engine.dispose()


@pytest.fixture
def own_runtime(world: World) -> Callable[..., AbstractContextManager[Runtime]]:
    """Opens the runtime of a worker in this process, its room running a given command."""

    @contextmanager
    def opened(command: tuple[str, ...], *, read_only: tuple[Path, ...] = ()) -> Iterator[Runtime]:
        settings = worker_settings(world.environment)
        room = replace(processing_room(settings), command=command, read_only=read_only)
        runtime = open_runtime(settings, storage_settings(world.environment), room=room)
        try:
            yield runtime
        finally:
            runtime.close()

    return opened
