"""An upload over a line that breaks all the time: does every byte arrive, and how much goes twice?

``python -m benchmarks.flaky --mib 2048 --record``. A whole stack runs behind a fault proxy that cuts
connections in the middle of parts, loses answers of parts, and loses the first answers to ``complete``. The
command is killed on the way and goes on in a new process after its signed addresses have expired. The last
line is one JSON object; the counts are the proxy's.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.faults import Fault, FaultProxy, Request, faulty
from benchmarks.measure import record, surroundings
from heritwin import Api
from heritwin.settings import Settings
from stack.components.ports import free_port
from stack.started import Started, stack_on
from storage.objects.opening import open_store
from storage.objects.store import ObjectStore
from storage.settings import StorageSettings

MIB = 1 << 20
PART_BYTES = 16 * MIB
URLS_LAST_S = 30
LOSE_PART_ANSWERS = 0.04
STOP_AFTER = 0.4


class BadLine:
    """A seeded plan: cuts parts until there were as many as asked, and loses answers."""

    def __init__(self, *, seed: int, parts: int, cuts: int, lost: int) -> None:
        self._random = random.Random(seed)
        self._left, self._lose = cuts, lost
        # So many starts of parts are cut that the wanted number comes together while there are parts.
        self._chance = min(0.95, 1.6 * cuts / (parts + 1.6 * cuts))
        self.first_put = ""
        self.proxy: FaultProxy | None = None
        self.half_way = threading.Event()
        self._stop_at = max(1, int(parts * STOP_AFTER))

    def __call__(self, request: Request) -> Fault | None:
        """Decide what becomes of one request."""
        if request.method == "POST" and request.target.endswith("/complete") and self._lose:
            self._lose -= 1
            return Fault(loses_answer=True)
        if request.part is None:
            return None
        self.first_put = self.first_put or request.target
        if self.proxy is not None and len(self.proxy.counts.parts_answered) >= self._stop_at:
            self.half_way.set()
        if self._left and self._random.random() < self._chance:
            self._left -= 1
            return Fault(cut_after_bytes=self._random.randrange(request.body_bytes))
        return Fault(loses_answer=True) if self._random.random() < LOSE_PART_ANSWERS else None


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A stack whose public address is the bad line's."""

    stack: Started
    proxy: FaultProxy
    plan: BadLine
    folder: Path

    @property
    def server(self) -> str:
        """The address people use."""
        return f"http://127.0.0.1:{self.proxy.port}"

    def direct(self) -> Api:
        """A connection past the bad line."""
        return Api(Settings(server=f"http://127.0.0.1:{self.stack.state.ports['public']}", key=self.key))

    @property
    def key(self) -> str:
        """The first admin's key."""
        return self.stack.admin_key

    def command(self, file: Path) -> subprocess.Popen[str]:
        """Start the client's own command."""
        environment = {
            **os.environ,
            "HERITWIN_HOME": str(self.folder / "home"),
            "HERITWIN_SERVER": self.server,
            "HERITWIN_KEY": self.key,
        }
        words = ["upload", "flaky/scan", str(file), "--kind", "point_cloud", "--no-wait", "--no-early"]
        return subprocess.Popen(
            [sys.executable, "-m", "heritwin", *words, "--json"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=(self.folder / "client.log").open("a"),
            text=True,
        )


@contextlib.contextmanager
def bench_on(folder: Path, plan: BadLine) -> Iterator[Bench]:
    """A stack of one worker behind the bad line."""
    front, back = free_port(), free_port()
    with faulty(back, plan, listen=front) as proxy:
        plan.proxy = proxy
        address = ["--public-url", f"http://127.0.0.1:{front}"]
        options = [*address, "--port", str(back), "--workers", "1", "--upload-url-s", str(URLS_LAST_S)]
        with stack_on(folder / "data", options) as stack:
            yield Bench(stack=stack, proxy=proxy, plan=plan, folder=folder)


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(("httpx",))
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flaky-", dir=asked.folder) as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)
        file, digest = random_file(folder / "scan.bin", size_bytes=asked.mib * MIB, seed=asked.seed)
        parts = -(-asked.mib * MIB // PART_BYTES)
        plan = BadLine(seed=asked.seed, parts=parts, cuts=asked.cuts, lost=asked.lost_answers)
        with bench_on(folder, plan) as bench:
            result = _measure(bench, file, digest, parts)
    result = {"benchmark": "flaky", "mib": asked.mib, "seed": asked.seed, "parts": parts} | result | around
    if asked.record:
        record("flaky", result)
    print(json.dumps(result))
    return 0 if result["digest_equal"] and result["parts_resent_per_cut"] <= 1 else 1


def _measure(bench: Bench, file: Path, digest: str, parts: int) -> dict[str, Any]:
    _subject(bench)
    started_s = time.monotonic()
    first = bench.command(file)
    while not bench.plan.half_way.wait(0.2) and first.poll() is None:
        pass
    first.kill()
    first.communicate()
    killed_at_s = time.monotonic()
    answered_before = len(bench.proxy.counts.parts_answered)
    refused = _wait_until_expired(bench, killed_at_s)
    second = bench.command(file)
    second.communicate()
    if second.returncode:
        raise SystemExit((bench.folder / "client.log").read_text()[-3000:])
    seconds = time.monotonic() - started_s - (URLS_LAST_S + 1)
    counts = bench.proxy.counts
    # The kill cuts the connections of parts under way as well.
    cuts = counts.cuts + counts.broken_off
    return {
        "digest_equal": _digest_in_store(bench) == digest,
        "parts_resent_per_cut": round(counts.parts_resent / max(1, cuts), 3),
        "parts_resent": counts.parts_resent,
        "cuts": cuts,
        "cut_by_the_proxy": counts.cuts,
        "cut_by_the_kill": counts.broken_off,
        "lost_answers": dict(counts.lost_of),
        "lost_answers_to_complete": counts.lost_of.get("POST complete", 0),
        "bytes_over_file": round(counts.part_bytes / file.stat().st_size, 3),
        "part_mib": PART_BYTES // MIB,
        "parts_answered_before_the_kill": answered_before,
        "parts_in_all": parts,
        "expired_address_refused": refused,
        "seconds": round(seconds, 1),
    }


def _wait_until_expired(bench: Bench, killed_at_s: float) -> bool:
    """Let every address signed so far expire; say whether the store refuses one of them now."""
    time.sleep(max(0.0, killed_at_s + URLS_LAST_S + 1 - time.monotonic()))
    url = f"http://127.0.0.1:{bench.stack.state.ports['public']}{bench.plan.first_put}"
    # The Host is signed: asked past the proxy, it is still the public one.
    head = {"Host": f"127.0.0.1:{bench.proxy.port}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=b"x", method="PUT", headers=head)):
            return False
    except urllib.error.HTTPError as error:
        return error.code == 403


def _subject(bench: Bench) -> None:
    with bench.direct() as api:
        organisation = api.get("/v1/me")["organisations"][0]["id"]
        body = {"organisation_id": organisation, "kind": "site", "code": "flaky", "name": {"en": "Flaky"}}
        api.post("/v1/subjects", body)


def _digest_in_store(bench: Bench) -> str:
    """The SHA-256 of what lies in the object store, read back by us."""
    store = store_of(bench.stack)
    digest = hashlib.sha256()
    (only,) = store.list("blobs/")
    for piece in store.stream(only.key):
        digest.update(piece)
    return digest.hexdigest()


def store_of(stack: Started) -> ObjectStore:
    """The object store of a stack, past its front door."""
    secrets = json.loads((stack.folder.root / "secrets.json").read_text())
    return open_store(
        StorageSettings(
            database_url="postgresql+psycopg://",
            s3_endpoint=f"http://127.0.0.1:{stack.state.ports['s3']}",
            s3_bucket=stack.state.s3_bucket,
            s3_access_key=secrets["s3_access_key"],
            s3_secret_key=secrets["s3_secret_key"],
        )
    )


def random_file(path: Path, *, size_bytes: int, seed: int) -> tuple[Path, str]:
    """Random bytes, the same for a seed, and their digest."""
    source, digest = random.Random(seed), hashlib.sha256()
    with path.open("wb") as out:
        for _ in range(0, size_bytes, MIB):
            block = source.randbytes(MIB)
            digest.update(block)
            out.write(block)
    return path, digest.hexdigest()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.flaky", description=__doc__)
    parser.add_argument("--mib", type=int, default=2048)
    parser.add_argument("--cuts", type=int, default=105)
    parser.add_argument("--lost-answers", type=int, default=11, help="answers to complete that get lost")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--folder", type=Path, default=Path("var") / "benchmarks")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
