"""Fixtures of all specs: real servers of this run, the real data, the skip list."""

import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from stack.components.postgres import Postgres
from stack.components.seaweedfs import SeaweedFS
from tests.support.run import REPOSITORY, Run
from tests.support.skips import SkipPolicy

RUN = pytest.StashKey[Run]()
WITH_STACKS = {"browser", "client", "stack"}

# Kernels are compiled once, at set-up, for the specs as for the rooms of workers.
os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(sys.prefix) / "numba"))

# How long one example takes says nothing on a busy machine, and a first call compiles kernels.
hypothesis.settings.register_profile("ours", deadline=None)
hypothesis.settings.load_profile("ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption("--data", default=os.environ.get("HERITWIN_TEST_DATA"), help="folder of the real data")
    parser.addoption("--no-skips", action="store_true", help="fail on any skip (make test-real)")


def pytest_configure(config: pytest.Config) -> None:
    """The process that reports makes the run's folder and keeps the skip list; workers are told of it."""
    config.addinivalue_line("markers", "real_data: reads the real scans of ../shared/data (make test-real)")
    told = getattr(config, "workerinput", None)
    if told is not None:
        config.stash[RUN] = Run(Path(told["heritwin_run"]), told["heritwin_parent"])
        return
    config.stash[RUN] = Run(Path(tempfile.mkdtemp(prefix="heritwin-tests-")), os.getpid())
    config.pluginmanager.register(SkipPolicy(never=config.getoption("--no-skips")), "heritwin-skips")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the shared data reads real scans: `make test-real` runs all of it."""
    for item in items:
        if "shared_data" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.real_data)


class ByFolder(LoadScopeScheduling):
    """Keeps what shares a whole stack on one worker: a second one, and what lies in it, takes a minute."""

    def _split_scope(self, nodeid: str) -> str:
        folder = nodeid.split("/")[1]
        return folder if folder in WITH_STACKS else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFolder:
    """Tests go to workers one by one, but for those of these folders."""
    return ByFolder(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Tell a worker of pytest-xdist where the run's folder is."""
    run = node.config.stash[RUN]
    node.workerinput["heritwin_run"], node.workerinput["heritwin_parent"] = str(run.folder), run.parent


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers; the keeper deletes the folder after them."""
    if hasattr(config, "workerinput") or RUN not in config.stash:
        return
    config.stash[RUN].stop()


@dataclass(frozen=True, kw_only=True)
class S3Settings:
    """How to reach this worker's bucket."""

    endpoint: str
    access_key: str
    secret_key: str
    bucket: str


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The run's servers."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """Name of this worker of the run: main, gw0, gw1…"""
    told = getattr(request.config, "workerinput", None)
    return told["workerid"] if told else "main"


@pytest.fixture(scope="session")
def postgres(run: Run) -> Postgres:
    """The run's PostgreSQL, with its superuser."""
    return run.postgres()


@pytest.fixture(scope="session")
def seaweedfs(run: Run) -> SeaweedFS:
    """The run's SeaweedFS."""
    return run.seaweedfs()


@pytest.fixture(scope="session")
def broker_url(run: Run, worker: str) -> str:
    """A database of Valkey for this worker alone."""
    return run.valkey().url(0 if worker == "main" else int(worker.removeprefix("gw")) + 1)


@pytest.fixture(scope="session")
def s3_settings(seaweedfs: SeaweedFS, worker: str) -> S3Settings:
    """A bucket for this worker alone."""
    bucket = f"tests-{worker}"
    seaweedfs.ensure_bucket(bucket)
    return S3Settings(
        endpoint=seaweedfs.endpoint,
        access_key=seaweedfs.access_key,
        secret_key=seaweedfs.secret_key,
        bucket=bucket,
    )


@pytest.fixture
def kept_bytes(seaweedfs: SeaweedFS, s3_settings: S3Settings) -> Callable[[], int]:
    """Answers how many bytes this worker's bucket takes on the disk."""
    volumes = seaweedfs.folder / "volumes"
    return lambda: sum(path.stat().st_size for path in volumes.glob(f"{s3_settings.bucket}_*.dat"))


@pytest.fixture(scope="session")
def base_environment(
    s3_settings: S3Settings, broker_url: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """HERITWIN_ variables of a process under test, but for the database."""
    return {
        "HERITWIN_BROKER_URL": broker_url,
        "HERITWIN_S3_ENDPOINT": s3_settings.endpoint,
        "HERITWIN_S3_PUBLIC_ENDPOINT": s3_settings.endpoint,
        "HERITWIN_S3_BUCKET": s3_settings.bucket,
        "HERITWIN_S3_ACCESS_KEY": s3_settings.access_key,
        "HERITWIN_S3_SECRET_KEY": s3_settings.secret_key,
        "HERITWIN_PUBLIC_URL": "http://127.0.0.1:1",
        "HERITWIN_SECRET": "00" * 32,
        "HERITWIN_DATA_DIR": str(tmp_path_factory.mktemp("data")),
        "HERITWIN_ROOM": "strict",
        "HERITWIN_LEASE_S": "5",
        "HERITWIN_HEARTBEAT_S": "1",
    }


@pytest.fixture(scope="session")
def template(run: Run, postgres: Postgres) -> str:
    """Name of the migrated database that others are copied from."""
    return run.ensure_template(
        {
            "HERITWIN_BROKER_URL": "redis://127.0.0.1:1/0",
            "HERITWIN_S3_ENDPOINT": "http://127.0.0.1:1",
            "HERITWIN_S3_PUBLIC_ENDPOINT": "http://127.0.0.1:1",
            "HERITWIN_S3_BUCKET": "none",
            "HERITWIN_S3_ACCESS_KEY": "none",
            "HERITWIN_S3_SECRET_KEY": "none",
            "HERITWIN_PUBLIC_URL": "http://127.0.0.1:1",
            "HERITWIN_SECRET": "00" * 32,
        }
    )


@pytest.fixture(scope="session")
def database_url(run: Run, template: str, worker: str) -> str:
    """A migrated database for this worker, kept through the run."""
    return run.create_database(f"worker_{worker}", template)


@pytest.fixture
def own_database_url(run: Run, template: str) -> Iterator[str]:
    """A fresh migrated database for one test alone (about 0.1 s)."""
    name = f"own_{uuid.uuid4().hex}"
    yield run.create_database(name, template)
    run.drop_database(name)


@pytest.fixture
def empty_database_url(run: Run) -> Iterator[str]:
    """A database with the extensions and nothing else, for specs of migrations."""
    name = f"empty_{uuid.uuid4().hex}"
    yield run.create_database(name, None)
    run.drop_database(name)


@pytest.fixture(scope="session")
def environment(base_environment: dict[str, str], database_url: str) -> dict[str, str]:
    """HERITWIN_ variables of a process under test, with this worker's database, bucket and broker."""
    return {**base_environment, "HERITWIN_DATABASE_URL": database_url}


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder of real data (MANIFEST.json inside), or a skip."""
    given = pytestconfig.getoption("--data")
    folder = Path(given) if given else REPOSITORY.parent / "shared" / "data"
    if not (folder / "MANIFEST.json").exists():
        if given:
            pytest.fail(f"--data {folder} holds no MANIFEST.json")
        pytest.skip("no ../shared/data")
    return folder.resolve()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """A Chromium to drive, or a skip."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("chromium is not installed")
    return Path(found)


@pytest.fixture(scope="session")
def bwrap() -> Path:
    """Bubblewrap, or a skip."""
    found = shutil.which("bwrap")
    if found is None:
        pytest.skip("bubblewrap is not installed")
    return Path(found)
