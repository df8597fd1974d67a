"""A surveyor who sends scans without end.

`python -m benchmarks.endurance.surveyor URL KEY ORGANISATION JOURNAL SEED` is a process of its own, on the
client's side of the public address. What the server acknowledges is written to its journal, synced, before
anything else is done; what is not acknowledged is tried again. SIGTERM: it ends what it has in hand, and
leaves.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import struct
import sys
import threading
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

PART_BYTES = 5 << 20
# Few points, that jobs are short, and many numbers for each: one whole part of 5 MiB, and a rest.
POINTS, MORE_NUMBERS = 21_000, 32
OUTSTANDING = 2
PATIENCE_S = 180.0
AGAIN_S = 0.2
AT_REST = {"succeeded", "failed", "cancelled"}

Json = dict[str, Any]


class Journal:
    """Lines that are on the disk when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, what: str, **fields: Any) -> None:
        """Write one line."""
        line = json.dumps({"what": what, "at": time.time(), **fields}) + "\n"
        os.write(self._descriptor, line.encode())
        os.fsync(self._descriptor)


class Surveyor:
    """Opens, signs, sends and completes, one upload after another, each step until it is answered."""

    def __init__(self, url: str, key: str, organisation: str, journal: Journal, seed: int) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._organisation = organisation
        self._journal = journal
        self._chance = random.Random(seed)
        self._outstanding: list[str] = []
        self.leaving = threading.Event()

    def work(self) -> None:
        """Send until told to leave."""
        while not self.leaving.is_set():
            self._wait_for_room()
            if not self.leaving.is_set():
                self._send_one()

    def _send_one(self) -> None:
        content = cloud(self._chance)
        sha256 = hashlib.sha256(content).hexdigest()
        key = str(uuid.uuid4())
        promise = {
            "asset_id": self._new_asset(),
            "part_size_bytes": PART_BYTES,
            "files": [{"path": "scan.ply", "size_bytes": len(content), "sha256": sha256}],
        }
        opened = self._ask("/v1/uploads", promise, {"Idempotency-Key": key})
        upload, file = opened["id"], opened["files"][0]["id"]
        self._journal.write("opened", upload=upload, key=key)
        for number in range(1, opened["files"][0]["parts"] + 1):
            self._send_part(upload, file, number, content[(number - 1) * PART_BYTES : number * PART_BYTES])
        done = self._ask(f"/v1/uploads/{upload}/complete", {})
        version = done["version"]["id"]
        self._journal.write("completed", upload=upload, version=version, sha256=sha256, bytes=len(content))
        self._outstanding.append(version)

    def _new_asset(self) -> str:
        """A subject of its own: each cloud founds its frame, and none is registered, which takes minutes."""
        code = f"field-{uuid.uuid4().hex[:12]}"
        body = {"organisation_id": self._organisation, "kind": "site", "code": code, "name": {"en": code}}
        subject = self._ask(
            "/v1/subjects", {**body, "visibility": "private"}, {"Idempotency-Key": str(uuid.uuid4())}
        )
        asset = self._ask(
            f"/v1/subjects/{subject['id']}/assets",
            {"kind": "point_cloud", "name": "scan"},
            {"Idempotency-Key": str(uuid.uuid4())},
        )
        return str(asset["id"])

    def _send_part(self, upload: str, file: str, number: int, body: bytes) -> None:
        sha256 = hashlib.sha256(body).hexdigest()
        part = {"file_id": file, "number": number, "size_bytes": len(body), "sha256": sha256}
        until_s = time.monotonic() + PATIENCE_S
        while True:
            (signed,) = self._ask(f"/v1/uploads/{upload}/parts:sign", {"parts": [part]})["parts"]
            self._journal.write("sending", upload=upload, number=number)
            try:
                request = urllib.request.Request(signed["url"], body, signed["headers"], method="PUT")
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
                break
            except (OSError, urllib.error.HTTPError) as error:
                self._journal.write("broken", upload=upload, number=number, why=str(error)[:200])
                if time.monotonic() > until_s:
                    raise
                time.sleep(AGAIN_S)
        self._journal.write("part", upload=upload, number=number, sha256=sha256, bytes=len(body))

    def _wait_for_room(self) -> None:
        """Keep few versions under way: the workers are few."""
        while len(self._outstanding) >= OUTSTANDING and not self.leaving.is_set():
            for version in list(self._outstanding):
                items = self._ask(f"/v1/versions/{version}/jobs")["items"]
                if items and all(job["state"] in AT_REST for job in items):
                    self._outstanding.remove(version)
            self.leaving.wait(AGAIN_S)

    def _ask(self, path: str, body: Json | None = None, headers: Json | None = None) -> Json:
        """Ask until there is an answer other than "not now"; a refusal ends the surveyor."""
        data = None if body is None else json.dumps(body).encode()
        until_s = time.monotonic() + PATIENCE_S
        while True:
            request = urllib.request.Request(self._url + path, data, {**self._headers, **(headers or {})})
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return dict(json.loads(answer.read()))
            except urllib.error.HTTPError as error:
                said = error.read()[:500].decode("utf-8", "replace")
                if error.code < 500 and error.code not in (409, 429):
                    self._journal.write("refused", path=path, status=error.code, said=said)
                    raise
                why = f"{error.code} {said}"
            except (OSError, ValueError) as error:
                why = str(error)
            if time.monotonic() > until_s:
                self._journal.write("given up", path=path, why=why)
                raise TimeoutError(f"{path}: {why}")
            time.sleep(AGAIN_S)


def cloud(chance: random.Random) -> bytes:
    """A slope as binary PLY, another one each time; valid, so that everything after the upload runs too."""
    more = "".join(f"property double number_{i}\n" for i in range(MORE_NUMBERS))
    header = (
        f"ply\nformat binary_little_endian 1.0\nelement vertex {POINTS}\n"
        f"property float x\nproperty float y\nproperty float z\n{more}end_header\n"
    )
    tilt, side, rest = chance.random(), 140, struct.pack(f"<{MORE_NUMBERS}d", *range(MORE_NUMBERS))
    rows = (struct.pack("<3f", i % side / 20, i // side / 20, tilt * (i % side) / 20) for i in range(POINTS))
    return header.encode() + b"".join(row + rest for row in rows)


def main() -> int:
    """Work until SIGTERM."""
    url, key, organisation, journal, seed = sys.argv[1:]
    surveyor = Surveyor(url, key, organisation, Journal(Path(journal)), int(seed))
    signal.signal(signal.SIGTERM, lambda *_: surveyor.leaving.set())
    surveyor.work()
    return 0


if __name__ == "__main__":
    sys.exit(main())
