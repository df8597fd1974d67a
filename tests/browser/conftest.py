"""Fixtures of the browser specs: the pages, a stack under its own host name, a seeded site, the driver."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stack.components.ports import free_port
from stack.started import stack_on
from tests.browser.clouds import write_las
from tests.browser.seeding import HOST, RunningStack, Site
from tests.support.run import REPOSITORY

HERE = Path(__file__).parent
SCENARIO_S = 300


@pytest.fixture(scope="package")
def node() -> Path:
    """Node with the viewer's packages installed, or a listed skip."""
    found = shutil.which("node")
    if found is None or not (REPOSITORY / "viewer" / "node_modules" / "puppeteer-core").exists():
        pytest.skip("node is not installed")
    return Path(found)


@pytest.fixture(scope="package")
def pages(node: Path) -> Path:
    """The built pages; built here where they are missing or older than their sources."""
    built = REPOSITORY / "service" / "static"
    lock_file = REPOSITORY / "viewer" / "node_modules" / ".build.lock"
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_stale(built / "index.html"):
            subprocess.run(
                ["npm", "run", "build"], cwd=REPOSITORY / "viewer", check=True, capture_output=True
            )
    return built


def _is_stale(index: Path) -> bool:
    """Whether a source of the pages changed after they were built."""
    sources = [file for file in (REPOSITORY / "viewer" / "src").rglob("*") if file.is_file()]
    newest = max(file.stat().st_mtime for file in sources)
    return not index.exists() or index.stat().st_mtime < newest


@pytest.fixture(scope="package")
def running_stack(pages: Path, tmp_path_factory: pytest.TempPathFactory):
    """A whole stack whose public origin is plain http under a name that is not localhost."""
    port = free_port()
    url = f"http://{HOST}:{port}"
    arguments = ["--port", str(port), "--public-url", url, "--workers", "1"]
    with stack_on(tmp_path_factory.mktemp("twin"), arguments) as started:
        yield RunningStack(url=url, admin_key=started.admin_key)


@pytest.fixture(scope="package")
def site(running_stack: RunningStack):
    """The admin's calls on the running stack."""
    made = Site(running_stack)
    yield made
    made.close()


@pytest.fixture(scope="package")
def monument(site: Site) -> dict:
    """A public monument three levels down, with a capture."""
    root = site.subject("site", "hue", {"vi": "Cố đô Huế", "en": "Huế"})
    citadel = site.subject("complex", "citadel", {"vi": "Hoàng thành", "en": "Imperial City"}, root)
    made = site.subject("monument", "tho-pavilion", {"vi": "Nhà bia", "en": "Stele pavilion"}, citadel)
    site.subject("component", "g6", {"vi": "Cột G6", "en": "Column G6"}, made)
    return made


@pytest.fixture(scope="package")
def capture(site: Site, monument: dict) -> dict:
    """A survey campaign of the monument."""
    body = {"code": "2022-tls", "method": "tls", "date_edtf": "2022-05", "accuracy_m": 0.003}
    return site.post(f"/v1/subjects/{monument['id']}/captures", body)


@pytest.fixture(scope="package")
def cloud(site: Site, monument: dict, capture: dict, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A published version of a coloured cloud, tiled."""
    file = tmp_path_factory.mktemp("cloud") / "pavilion.las"
    write_las(file, points=600_000, seed=1)
    return site.upload(monument, "point_cloud", "scan", [file], capture)


@pytest.fixture(scope="package")
def drive(node: Path, chromium: Path, running_stack: RunningStack):
    """Run a scenario in a fresh browser; answers what it found."""

    def run(scenario: str, **given: object) -> dict:
        asked = {
            "executable": str(chromium),
            "host": running_stack.host,
            "url": running_stack.url,
            "pictures": os.environ.get("HERITWIN_PICTURES"),
            **given,
        }
        done = subprocess.run(
            [str(node), str(HERE / scenario)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=SCENARIO_S,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run
