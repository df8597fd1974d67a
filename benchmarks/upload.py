"""Sending beside boto3, and what viewers notice while others send.

``python -m benchmarks.upload --record``. First the client against boto3's ``upload_file`` with SHA-256
checksums at the best of nine settings: alternating runs through the same front door, each timed from the call
to its return (ours: opening, hashing, signing, sending, completing). Then eight uploads and fifty viewers at
once, and tiles against GETs of single objects straight from S3. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.flaky import random_file, store_of
from benchmarks.measure import record, surroundings
from benchmarks.peers import environment
from benchmarks.upload_load import under_load
from heritwin import Api, jobs
from heritwin.settings import Settings
from heritwin.uploads.transfer import UploadOptions, upload
from stack.components.caddy import binary
from stack.components.ports import free_port
from stack.started import Started, stack_on

MIB = 1 << 20
PEER = "boto3"
# Figure, target and label, for benchmarks.report.
TARGETS = (
    ("throughput_ratio_vs_boto3", "≥ 0.9", "our throughput over boto3's at the best of nine settings"),
    (
        "tile_ratio_cold",
        "≥ 0.35",
        "tiles a second over single objects straight from S3, read the first time",
    ),
    ("tile_ratio_hot", "≥ 1.0", "the same, read again"),
    ("tile_p95_ms", "≤ 120", "95 % of tiles within, ms, under 8 uploads and 50 viewers"),
    ("manifest_p95_ms", "≤ 200", "95 % of manifests within, ms, under the same"),
    ("api_growth_mib", "< 50", "growth of the API's memory, MiB"),
    ("failures", "0", "answers that failed under load"),
)
PEER_SETTINGS = tuple((part, threads) for part in (8, 16, 64) for threads in (2, 4, 8))


@dataclass(frozen=True, kw_only=True)
class Bench:
    """A stack, a connection to it, and a second front door for the peer, which ours would not let in."""

    stack: Started
    api: Api
    subject_id: str
    peer_port: int
    folder: Path

    def asset(self, name: str) -> str:
        """A new asset."""
        path = f"/v1/subjects/{self.subject_id}/assets"
        return str(self.api.post(path, {"kind": "point_cloud", "name": name})["id"])

    def ours(self, file: Path, name: str) -> float:
        """Send a file as the command does; the seconds until the server has taken it."""
        asset = self.asset(name)
        started_s = time.monotonic()
        done = upload(self.api, asset, [file], UploadOptions(early=False))
        seconds = time.monotonic() - started_s
        # The work that follows must not disturb the next run.
        jobs.wait(self.api, done["version"]["id"])
        return seconds

    def peer(self, file: Path, part_mib: int, threads: int) -> float:
        """Send it with boto3, in its own environment and process; its own clock."""
        secrets = json.loads((self.stack.folder.root / "secrets.json").read_text())
        key = f"blobs/peer-{part_mib}-{threads}"
        command = [
            str(environment(PEER) / "python"),
            str(Path(__file__).parent / "peers" / "boto3_upload.py"),
            *("--endpoint", f"http://127.0.0.1:{self.peer_port}", "--bucket", self.stack.state.s3_bucket),
            *("--access-key", secrets["s3_access_key"], "--secret-key", secrets["s3_secret_key"]),
            *("--file", str(file), "--key", key, "--part-mib", str(part_mib), "--threads", str(threads)),
        ]
        ran = subprocess.run(command, check=True, capture_output=True, text=True)
        store_of(self.stack).delete(key)
        return float(json.loads(ran.stdout.splitlines()[-1])["seconds"])


def main(argv: list[str] | None = None) -> int:
    """Measure, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(("httpx", "uvicorn", "obstore"))
    environment(PEER)
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="upload-", dir=asked.folder) as temporary:
        folder = Path(temporary)
        folder.chmod(0o755)
        os.environ["HERITWIN_HOME"] = str(folder / "home")
        with bench_on(folder) as bench:
            result = _against_peer(bench, asked.mib, asked.repeats)
            if asked.points:
                loaded = under_load(
                    bench.stack,
                    bench.api,
                    bench.asset,
                    folder=folder,
                    points=asked.points,
                    viewers=asked.viewers,
                )
                result |= loaded
    result = {"benchmark": "upload", "mib": asked.mib} | result | around
    if asked.record:
        record("upload", result)
    print(json.dumps(result))
    return 0


@contextlib.contextmanager
def bench_on(folder: Path) -> Iterator[Bench]:
    """A stack of one worker, and the peer's front door: the same Caddy, passing everything to S3."""
    with stack_on(folder / "data", ["--port", str(free_port()), "--workers", "1"]) as stack:
        port = free_port()
        command = [
            *(str(binary()), "reverse-proxy", "--from", f"http://127.0.0.1:{port}"),
            *("--to", f"127.0.0.1:{stack.state.ports['s3']}"),
        ]
        with (folder / "peer-caddy.log").open("w") as log:
            door = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "HOME": str(folder)})
        try:
            with Api(Settings(server=stack.address, key=stack.admin_key)) as api:
                organisation = api.get("/v1/me")["organisations"][0]["id"]
                body = {
                    "organisation_id": organisation,
                    "kind": "site",
                    "code": "bench",
                    "name": {"en": "Bench"},
                    "visibility": "public",
                }
                subject_id = api.post("/v1/subjects", body)["id"]
                yield Bench(stack=stack, api=api, subject_id=subject_id, peer_port=port, folder=folder)
        finally:
            door.kill()
            door.wait()


def _against_peer(bench: Bench, mib: int, repeats: int) -> dict[str, Any]:
    file, _ = random_file(bench.folder / "scan.bin", size_bytes=mib * MIB, seed=3)
    bench.ours(file, "warm")
    tried = {}
    for part_mib, threads in PEER_SETTINGS:
        tried[part_mib, threads] = bench.peer(file, part_mib, threads)
        print(f"boto3 {part_mib} MiB x {threads}: {tried[part_mib, threads]:.2f} s", file=sys.stderr)
    best = min(tried, key=lambda setting: tried[setting])
    ours, theirs = [], []
    for number in range(repeats):
        ours.append(bench.ours(file, f"run-{number}"))
        theirs.append(bench.peer(file, *best))
        print(f"ours {ours[-1]:.2f} s, boto3 {theirs[-1]:.2f} s", file=sys.stderr)
    file.unlink()
    our_s, their_s = statistics.median(ours), statistics.median(theirs)
    return {
        "throughput_ratio_vs_boto3": round(their_s / our_s, 3),
        "our_mib_per_s": round(mib / our_s, 1),
        "boto3_mib_per_s": round(mib / their_s, 1),
        "boto3_setting": {"part_mib": best[0], "threads": best[1]},
        "boto3_tried_s": {f"{part}x{threads}": round(s, 2) for (part, threads), s in tried.items()},
        "our_s": [round(s, 2) for s in ours],
        "boto3_s": [round(s, 2) for s in theirs],
        "early_word": "off in these runs: boto3 has none",
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upload", description=__doc__)
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--points", type=int, default=6_000_000, help="of the cloud that is viewed; 0: skip")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--folder", type=Path, default=Path("var") / "benchmarks")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
