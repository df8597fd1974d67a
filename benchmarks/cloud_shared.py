"""A cloud tiled by 1, 2 and 4 workers together, beside one alone: the same tiles, how long, what it costs.

``python -m benchmarks.cloud_shared --points 5000000 --record``: real servers, real workers that share no
folder. The last line is one JSON object. Wall time is from the first job's start to the tileset, by the rows;
CPU seconds are those of the workers and their rooms.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.cloud_inputs import clouds
from benchmarks.measure import REPOSITORY, record, surroundings
from stack.components.ports import free_port
from stack.started import Started, stack_on
from storage import db as database
from storage.derivatives.queries import object_keys
from storage.objects.opening import open_store
from storage.settings import StorageSettings
from tests.browser.seeding import RunningStack, Site

PACKAGES = ("numpy", "numba", "laspy", "lazrs", "meshopt")
LOOKERS = "verify-upload,early-word,inspect-version"
TILERS = "tile-version,spread-version,tile-group,join-tiles"
NEVER = 10**12
PATIENCE_S = 900.0
# Bytes 8 to 24 of a LAS file are a GUID that no reader of ours looks at: other bytes, the same points.
GUID_AT = 8

Json = dict[str, Any]


class Bench:
    """A running stack whose own worker rests, and workers of ours in its place."""

    def __init__(self, started: Started, folder: Path, group_points: int) -> None:
        self.site = Site(RunningStack(url=started.address, admin_key=started.admin_key))
        self.folder, self.group_points = folder, group_points
        pid = next(one.pid for one in started.state.programs if one.name == "worker-1")
        assert pid is not None
        resting = psutil.Process(pid)
        told = {key: value for key, value in resting.environ().items() if key.startswith("HERITWIN_")}
        self._environment = {**os.environ, **told, "PYTHONPATH": str(REPOSITORY)}
        resting.suspend()
        names = {key.removeprefix("HERITWIN_").lower(): value for key, value in told.items()}
        settings = StorageSettings(**names)  # type: ignore[arg-type]  # the environment's own words
        self._store = open_store(settings)
        self._sessions = database.make_sessions(database.make_engine(settings.database_url, pool_size=1))

    def run(self, name: str, las: Path, *, workers: int, is_shared: bool) -> Json:
        """Tile the cloud once, from its upload on; answer times, costs, and a digest of all tiles."""
        sizes = {
            "HERITWIN_SPREAD_POINTS": str(1 if is_shared else NEVER),
            "HERITWIN_GROUP_POINTS": str(self.group_points),
        }
        source = _told_apart(las, self.folder / f"{name}.las", name)
        load = os.getloadavg()[0]
        with ExitStack() as running:
            running.enter_context(self._worker(f"{name}-looker", LOOKERS, sizes))
            tilers = [
                running.enter_context(self._worker(f"{name}-{number}", TILERS, sizes))
                for number in range(workers)
            ]
            subject = self.site.subject("site", name, {"en": name})
            before_s = sum(_cpu_s(tiler) for tiler in tilers)
            version = self.site.send(subject, "point_cloud", "scan", [source])
            jobs = self._ended(version["id"], "join-tiles" if is_shared else "tile-version")
            cpu_s = sum(_cpu_s(tiler) for tiler in tilers) - before_s
        source.unlink()
        made = self.site.get(f"/v1/versions/{version['id']}/derivatives")
        tileset = next(each for each in made["items"] if each["kind"] == "tileset")
        return _figures(jobs) | {
            "workers": workers,
            "cpu_s": round(cpu_s, 2),
            "load_before": round(load, 2),
            "tiles": tileset["result"]["tiles"],
            "content_sha256": self._content(tileset["id"]),
        }

    @contextmanager
    def _worker(self, name: str, operations: str, sizes: Mapping[str, str]) -> Iterator[psutil.Popen]:
        environment = {
            **self._environment,
            **sizes,
            "HERITWIN_WORKER_NAME": name,
            "HERITWIN_OPERATIONS": operations,
            "HERITWIN_DATA_DIR": str(self.folder / name),
        }
        log = self.folder / f"{name}.log"
        with log.open("wb") as out:
            command = [sys.executable, "-m", "workers", "worker"]
            process = psutil.Popen(command, env=environment, cwd=REPOSITORY, stdout=out, stderr=out)
        try:
            _until(lambda: "worker.ready" in log.read_text(errors="replace"), f"{name} to be ready")
            yield process
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _ended(self, version_id: str, operation: str) -> list[Json]:
        """Wait for the last job, and answer all of the tiling with their attempts."""
        jobs: list[Json] = []

        def is_done() -> bool:
            jobs[:] = self.site.get(f"/v1/versions/{version_id}/jobs")["items"]
            broken = [job for job in jobs if job["state"] == "failed"]
            if broken:
                raise SystemExit(f"{broken[0]['operation']} failed: {broken[0]['error']}")
            return any((job["operation"], job["state"]) == (operation, "succeeded") for job in jobs)

        _until(is_done, operation)
        return [
            self.site.get(f"/v1/jobs/{job['id']}") for job in jobs if job["operation"] in TILERS.split(",")
        ]

    def _content(self, derivative_id: str) -> str:
        """Digest every tile as it lies in the store, by key."""
        with database.transaction(self._sessions) as db:
            places = object_keys(db, derivative_id)  # type: ignore[arg-type]  # as text
        index = json.loads(self._store.get(places["index.json"]))
        packs = [self._store.get(places[name]) for name in index["packs"]]
        whole = hashlib.sha256()
        for key, (number, offset, length, _) in sorted(index["entries"].items()):
            digest = hashlib.sha256(packs[number][offset : offset + length]).hexdigest()
            whole.update(f"{key} {digest}\n".encode())
        return whole.hexdigest()


def _figures(jobs: Sequence[Json]) -> Json:
    def seconds(operation: str) -> float | None:
        of = [job for job in jobs if job["operation"] == operation]
        if not of:
            return None
        began = min(_at(job["started_at"]) for job in of)
        return round((max(_at(job["ended_at"]) for job in of) - began).total_seconds(), 2)

    took = [attempt["worker"] for job in jobs for attempt in job["attempts"]]
    began = min(_at(job["started_at"]) for job in jobs)
    ended = max(_at(job["ended_at"]) for job in jobs)
    return {
        "wall_s": round((ended - began).total_seconds(), 2),
        "spread_s": seconds("spread-version"),
        "parts_s": seconds("tile-group"),
        "join_s": seconds("join-tiles"),
        "parts": sum(job["operation"] == "tile-group" for job in jobs),
        "attempts_by_worker": {name: took.count(name) for name in sorted(set(took))},
        "peak_mib": max(attempt["peak_mib"] for job in jobs for attempt in job["attempts"]),
    }


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _cpu_s(process: psutil.Popen) -> float:
    """CPU seconds of a worker and of the rooms it has waited for."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


def _told_apart(las: Path, copy: Path, name: str) -> Path:
    """Copy a file under another GUID, so that its tiles are not found made already."""
    shutil.copy(las, copy)
    with copy.open("r+b") as file:
        file.seek(GUID_AT)
        file.write(hashlib.md5(name.encode(), usedforsecurity=False).digest())
    return copy


def _until(question: Any, what: str) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not question():
        if time.monotonic() > until_s:
            raise SystemExit(f"waited {PATIENCE_S:.0f} s for {what}")
        time.sleep(0.1)


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(PACKAGES)
    las, _ = clouds(asked.folder, points=asked.points, seed=asked.seed)
    runs: dict[str, Json] = {}
    with (
        tempfile.TemporaryDirectory(prefix="heritwin-shared-", dir=asked.folder) as folder,
        stack_on(Path(folder) / "twin", ["--workers", "1", "--port", str(free_port())]) as started,
    ):
        bench = Bench(started, Path(folder), -(-asked.points // asked.groups))
        # The first run of all warms the machine's own caches, and is not counted.
        wanted = [("warm", 1, False), ("one", 1, False), *((f"shared-{n}", n, True) for n in asked.workers)]
        for name, workers, is_shared in wanted:
            runs[name] = bench.run(name, las, workers=workers, is_shared=is_shared)
            print(f"{name}: {runs[name]}", file=sys.stderr)
    runs.pop("warm")
    result = {"benchmark": "cloud_shared", "points_asked": asked.points, "seed": asked.seed} | _summed(runs)
    if asked.record:
        record(f"cloud_shared-{asked.points}", result | around | {"runs": runs})
    print(json.dumps(result | around))
    return 0


def _summed(runs: Mapping[str, Json]) -> Json:
    one, shared = runs["one"], {name: run for name, run in runs.items() if name != "one"}
    return {
        "digests_equal": len({run["content_sha256"] for run in runs.values()}) == 1,
        "content_sha256": one["content_sha256"],
        "parts": max(run["parts"] for run in shared.values()),
        "wall_s": {name: run["wall_s"] for name, run in runs.items()},
        "cpu_s": {name: run["cpu_s"] for name, run in runs.items()},
        "cpu_overhead": {name: round(run["cpu_s"] / one["cpu_s"], 2) for name, run in shared.items()},
        "peak_mib": {name: run["peak_mib"] for name, run in runs.items()},
        "load_before": {name: run["load_before"] for name, run in runs.items()},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cloud_shared", description=__doc__)
    parser.add_argument("--points", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--groups", type=int, default=6, help="about how many parts")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "var" / "benchmarks")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
