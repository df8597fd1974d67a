"""A small world for jobs: real rows and bytes, uploads made as a client makes them, real worker processes."""

import hashlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from storage import db as database
from storage.callers import Caller
from storage.db import Sessions
from storage.jobs.queries import one_job
from storage.jobs.records import Job
from storage.objects.s3 import S3Store
from storage.settings import StorageSettings
from storage.uploads import commands as uploads
from storage.uploads.completing import complete
from storage.uploads.records import NewFile, PartToSign
from tests.support.run import REPOSITORY
from workers.settings import WorkerSettings


def _own_names(environment: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("HERITWIN_").lower(): value for name, value in environment.items()}


def storage_settings(environment: Mapping[str, str]) -> StorageSettings:
    """Return storage's settings from variables that are not in this process's environment."""
    return StorageSettings(**_own_names(environment))


def worker_settings(environment: Mapping[str, str]) -> WorkerSettings:
    """Return a worker's settings from variables that are not in this process's environment."""
    return WorkerSettings(**_own_names(environment))


WORKER = Path(__file__).with_name("programs") / "worker.py"


@dataclass(kw_only=True)
class World:
    """An organisation with an asset of each kind, its database, bucket and broker."""

    environment: Mapping[str, str]
    sessions: Sessions
    store: S3Store
    caller: Caller
    subject_id: UUID
    asset_ids: Mapping[str, UUID]
    folder: Path

    def upload(self, files: Mapping[str, bytes], *, asset_kind: str = "point_cloud", **more: Any) -> Any:
        """Upload files through signed parts, and complete; return what completing returned."""
        sha256 = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
        new = [
            NewFile(path=path, size_bytes=len(content), sha256=sha256[path])
            for path, content in files.items()
        ]
        with database.transaction(self.sessions) as db:
            upload = uploads.open_upload(
                db, self.caller, self.store, asset_id=self.asset_ids[asset_kind], files=new, **more
            )
        for file in upload.files:
            self._put(upload.id, file, files[file.path], sha256[file.path])
        with database.transaction(self.sessions) as db:
            return complete(db, self.caller, self.store, upload.id)

    def _put(self, upload_id: UUID, file: Any, content: bytes, sha256: str) -> None:
        assert file.parts == 1
        part = PartToSign(file_id=file.id, number=1, size_bytes=len(content), sha256=sha256)
        with database.transaction(self.sessions) as db:
            (signed,) = uploads.sign_parts(db, self.caller, self.store, upload_id, [part])
        request = urllib.request.Request(
            signed.url, data=content, method=signed.method, headers=dict(signed.headers)
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert answer.status == 200

    def job(self, job_id: UUID) -> Job:
        """Read a job."""
        with database.transaction(self.sessions) as db:
            return one_job(db, job_id)

    def jobs(self) -> dict[str, Job]:
        """Return the newest job of each operation."""
        with database.transaction(self.sessions) as db:
            rows = db.connection().exec_driver_sql("SELECT id, operation FROM job ORDER BY id").all()
        return {operation: self.job(job_id) for job_id, operation in rows}

    def wait(self, condition: Callable[[dict[str, Job]], Any], *, timeout_s: float = 60.0) -> dict[str, Job]:
        """Wait for jobs to fulfil a condition, woken by the database's own notifications."""
        until_s = time.monotonic() + timeout_s
        url = self.environment["HERITWIN_DATABASE_URL"].replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("LISTEN heritwin_jobs")
            while not condition(jobs := self.jobs()):
                if time.monotonic() > until_s:
                    states = {name: (job.state, job.stage, job.error) for name, job in jobs.items()}
                    log = (self.folder / "processes.log").read_text()
                    raise AssertionError(f"waited {timeout_s} s in vain: {states}\n{log[-4000:]}")
                for _ in connection.notifies(timeout=0.5, stop_after=1):
                    pass
        return jobs

    @contextmanager
    def process(self, *arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
        """Run a process of ours until the block ends; it is killed then if it still runs."""
        inherited = {**os.environ, **self.environment, **environment, "PYTHONPATH": str(REPOSITORY)}
        with (self.folder / "processes.log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=REPOSITORY, env=inherited, stderr=log, stdout=log
            )
            try:
                yield process
            finally:
                process.send_signal(signal.SIGKILL)
                process.wait()

    def worker(self, *arguments: str, **environment: str) -> Any:
        """Run a worker whose room runs the stand-in for processing."""
        return self.process(str(WORKER), "surveyor.py", *arguments, **environment)

    def dispatcher(self) -> Any:
        """Run the dispatcher."""
        return self.process("-m", "workers", "dispatcher")
