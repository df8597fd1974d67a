"""What set-up brings: libraries, servers, the kernel, the pages."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from stack.components import caddy, postgres, seaweedfs, valkey
from stack.doctor.check import Check, failed, noted, passed
from stack.errors import ProgramMissingError

SETUP = "make setup"
LIBRARIES = (
    *("fastapi", "sqlalchemy", "psycopg", "celery", "boto3", "obstore", "numpy", "scipy", "numba", "laspy"),
    *("lazrs", "pye57", "collada", "PIL", "pyproj", "wasmtime", "meshopt", "DracoPy"),
    *("small_gicp", "kiss_matcher", "open3d"),
)
# A library that ends the process while loading must not end doctor: each is named before it is tried.
PROBE = """
import importlib, json, sys
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
        print(json.dumps([name, ""]), file=sys.stderr, flush=True)
    except Exception as error:
        print(json.dumps([name, f"{type(error).__name__}: {error}"]), file=sys.stderr, flush=True)
"""
SERVERS: dict[str, tuple[Callable[[], Path], str]] = {
    "PostgreSQL": (lambda: postgres.binary("postgres"), "--version"),
    "Valkey": (valkey.binary, "--version"),
    "SeaweedFS": (seaweedfs.binary, "version"),
    "Caddy": (caddy.binary, "version"),
}


def examine_environment() -> Iterator[Check]:
    """Everything `make setup` is for."""
    yield libraries()
    for name, (find, argument) in SERVERS.items():
        yield server(name, find, argument)
    yield made(
        "simplifier kernel",
        "processing",
        "meshes/_kernel/meshopt_simplifier.wasm",
        "meshes are simplified by our own kernel, at half the speed",
    )
    yield made("pages", "service", "static/index.html", "the API works, pages do not")
    cache = Path(sys.prefix) / "numba"
    if cache.is_dir() and any(cache.iterdir()):
        yield passed("compiled code", str(cache))
    else:
        yield noted("compiled code", "not prepared: the first jobs take up to a minute longer", SETUP)


def libraries() -> Check:
    """Each library loads, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(LIBRARIES)],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    outcome = dict(json.loads(line) for line in done.stderr.splitlines() if line.startswith('["'))
    broken = [f"{name}: {error}" for name, error in outcome.items() if error]
    broken += [f"{name}: ends the process" for name in LIBRARIES if name not in outcome][:1]
    if not broken:
        return passed("libraries", f"{len(LIBRARIES)} load")
    system = " ".join(broken).count(".so")
    hint = "apt-get install libusb-1.0-0 libegl1 libgl1 libx11-6" if system else SETUP
    return failed("libraries", "; ".join(broken)[:600], hint)


def server(name: str, find: Callable[[], Path], argument: str) -> Check:
    """A server's program is there and runs."""
    try:
        path = find()
        done = subprocess.run([str(path), argument], capture_output=True, text=True, timeout=30, check=False)
    except (ProgramMissingError, OSError) as error:
        return failed(name, str(error), SETUP)
    if done.returncode != 0:
        return failed(name, f"{path} does not run: {done.stderr.strip()[:200]}", SETUP)
    return passed(name, done.stdout.strip().splitlines()[0])


def made(name: str, package: str, path: str, without: str) -> Check:
    """A file that set-up makes inside a package."""
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (Path(folder) / path).exists():
            return passed(name, str(Path(folder) / path))
    return noted(name, f"{package}/{path} is missing: {without}", SETUP)
