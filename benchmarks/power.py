"""What is on the disk before an answer: `python -m benchmarks.power [--parts N] [--own-names]`.

Starts PostgreSQL and SeaweedFS as `heritwin up` does, attaches strace to both, sends parts one by one, and
counts for each answer which files were synced between its request and its 200: the volume that holds the
bytes, and PostgreSQL's log that holds the name. `--own-names` looks at SeaweedFS's own store of names
instead, as a comparison. Needs strace and the right to trace (root, or ptrace_scope 0).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from stack.components.catalogue import Catalogue
from stack.components.ports import free_port
from stack.components.postgres import Postgres
from stack.components.running import Running
from stack.components.seaweedfs import PORTS, SeaweedFS

BUCKET = "heritwin"
PART_BYTES = 6 << 20
SYNC = re.compile(r"^\d+\s+(?P<at>\d+\.\d+)\s+(?:fsync|fdatasync)\(\d+<(?P<path>[^>]*)>")
ATTACHING_S = 1.5


@dataclass(frozen=True, kw_only=True)
class Answered:
    """A request and its answer, on the clock that strace writes."""

    what: str
    began: float
    ended: float


@contextmanager
def servers(folder: Path, *, own_names: bool) -> Iterator[tuple[SeaweedFS, list[int]]]:
    """Both servers, durable, and the pids of all their processes."""
    postgres = Postgres(folder=folder / "p", port=free_port(), admin_password="a" * 16, password="p" * 16)
    ports: dict[str, int] = {}
    for name in PORTS:
        ports[name] = free_port(list(ports.values()))
    catalogue = None if own_names else Catalogue(postgres=postgres)
    store = SeaweedFS(
        folder=folder / "s", ports=ports, access_key="power", secret_key="s" * 32, catalogue=catalogue
    )
    running: list[Running] = []
    try:
        postgres.prepare()
        running.append(Running(postgres.program(), folder / "postgres.log"))
        running[-1].wait_ready()
        if catalogue is not None:
            catalogue.ensure()
        store.prepare()
        running.append(Running(store.program(), folder / "seaweedfs.log"))
        running[-1].wait_ready()
        store.ensure_bucket(BUCKET)
        store.ensure_fsync(BUCKET, ("blobs/", "assets/"))
        roots = [psutil.Process(one.process.pid) for one in running]
        yield store, [p.pid for root in roots for p in (root, *root.children(recursive=True))]
    finally:
        for one in reversed(running):
            one.stop()


@contextmanager
def traced(pids: list[int], trace: Path) -> Iterator[None]:
    """Have the sync calls of processes and their threads written down."""
    attached = [word for pid in pids for word in ("-p", str(pid))]
    calls = ["-e", "trace=fsync,fdatasync", "-e", "signal=none"]
    process = subprocess.Popen(
        ["strace", "-f", "-ttt", "-y", *calls, "-o", str(trace), *attached], stderr=subprocess.DEVNULL
    )
    time.sleep(ATTACHING_S)
    try:
        yield
    finally:
        time.sleep(ATTACHING_S)
        process.send_signal(signal.SIGINT)
        process.wait()


def send(store: SeaweedFS, parts: int) -> list[Answered]:
    """One object in parts, and a small one in one piece, as the API has clients send them."""
    client, answered = store.client(), []

    def ask(what: str, request: Callable[..., Any], **words: Any) -> Any:
        began = time.time()
        answer = request(Bucket=BUCKET, **words)
        answered.append(Answered(what=what, began=began, ended=time.time()))
        return answer

    ask("warm-up", client.put_object, Key="blobs/warm-up", Body=os.urandom(100_000))
    upload = client.create_multipart_upload(Bucket=BUCKET, Key="blobs/parts", ChecksumAlgorithm="SHA256")
    sent = []
    for number in range(1, parts + 1):
        body = os.urandom(PART_BYTES)
        checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
        words = {"PartNumber": number, "Body": body, "ChecksumSHA256": checksum}
        answer = ask("part", client.upload_part, Key="blobs/parts", UploadId=upload["UploadId"], **words)
        sent.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum})
    whole = {"UploadId": upload["UploadId"], "MultipartUpload": {"Parts": sent}}
    ask("complete", client.complete_multipart_upload, Key="blobs/parts", **whole)
    ask("manifest", client.put_object, Key="assets/a/v1/manifest.json", Body=os.urandom(5_000))
    ask("tile pack", client.put_object, Key="derivatives/d/pack-0000.bin", Body=os.urandom(100_000))
    return answered


def syncs(trace: Path) -> list[tuple[float, str]]:
    """When which file was synced."""
    found = (SYNC.match(line) for line in trace.read_text("utf-8", "replace").splitlines())
    return [(float(match["at"]), match["path"]) for match in found if match]


def judge(answered: list[Answered], synced: list[tuple[float, str]]) -> dict[str, Any]:
    """Of each kind of answer: how many there were, and how many came after a sync of bytes and name."""
    figures: dict[str, Any] = {}
    for kind in ("part", "complete", "manifest", "tile pack"):
        of_kind = [one for one in answered if one.what == kind]
        within = [[path for at, path in synced if one.began <= at <= one.ended] for one in of_kind]
        name = kind.replace(" ", "_")
        figures[f"{name}s"] = len(of_kind)
        figures[f"{name}s_bytes_synced"] = sum(any(p.endswith(".dat") for p in paths) for paths in within)
        figures[f"{name}s_name_synced"] = sum(
            any("/pg_wal/" in p or "filerldb" in p for p in paths) for paths in within
        )
    return figures


def main() -> int:
    """Measure, print one JSON line; exit 1 unless parts, complete and manifests are durable when answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--own-names", action="store_true")
    asked = parser.parse_args()
    if shutil.which("strace") is None:
        print("strace is not installed: apt-get install strace", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="heritwin-power-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with servers(folder, own_names=asked.own_names) as (store, pids), traced(pids, folder / "trace"):
            answered = send(store, asked.parts)
        figures = judge(answered, syncs(folder / "trace"))
    # Completing joins chunks that are on the disk already: its name alone is new.
    is_durable = (
        figures["parts"] == figures["parts_bytes_synced"] == figures["parts_name_synced"]
        and figures["completes"] == figures["completes_name_synced"]
        and figures["manifests"] == figures["manifests_bytes_synced"] == figures["manifests_name_synced"]
    )
    names = "SeaweedFS's own LevelDB" if asked.own_names else "PostgreSQL"
    print(json.dumps({"benchmark": "power", "names_in": names, **figures, "durable": is_durable}))
    return 0 if is_durable else 1


if __name__ == "__main__":
    sys.exit(main())
