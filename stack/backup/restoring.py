"""Restore a backup into an empty folder: its own servers are started, filled, compared, and stopped again."""

import hashlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from boto3.s3.transfer import TransferConfig
from sqlalchemy import text

from stack.backup.layout import DUMP, Manifest, SavedObject, Vault, read_manifest, read_objects
from stack.backup.servers import Servers, store_at, tool
from stack.components.ports import keep_ports
from stack.components.program import Program
from stack.components.running import Running
from stack.components.seaweedfs import PORTS as S3_PORTS
from stack.components.seaweedfs import SeaweedFS
from stack.errors import DataFolderError, RestoreError
from stack.folder import DataFolder, write_private
from stack.plan import BUCKET, make_postgres, make_seaweedfs
from stack.setup_steps import ensure_bucket
from storage.db import make_engine, make_sessions, transaction
from storage.inventory import table_digests
from storage.migrate import head_revision, migrate
from storage.objects.errors import MultipartNotFoundError

AT_ONCE = 4
RESTORE_S = 4 * 3600
MIB = 1024 * 1024
# Below this an object goes in one PUT; above, in parts, each held to a checksum on the way.
TRANSFER = TransferConfig(multipart_threshold=256 * MIB, multipart_chunksize=64 * MIB, max_concurrency=2)
Hear = Callable[[int, int], None]


@dataclass(frozen=True, kw_only=True)
class Restored:
    """What was restored, and compared."""

    backup: str
    rows: int
    tables: int
    objects: int
    bytes: int
    revision_before: str
    revision: str
    open_uploads: int
    missing: list[str]
    seconds: float


def restore(source: Path, data: Path, *, name: str | None, hear: Hear) -> Restored:
    """Restore the newest backup of a folder, or the one named, into a new data folder.

    Raises
    ------
    RestoreError
        If the backup is half, damaged or of a newer schema; or if what is there afterwards differs from it.
    DataFolderError
        If the data folder holds anything.
    """
    began = time.monotonic()
    vault = Vault(source)
    backup = vault.newest(name)
    manifest = read_manifest(backup)
    if manifest.revision > head_revision():
        raise RestoreError(
            f"{backup.name} has schema {manifest.revision}, this version knows {head_revision()}",
            "restore it with the version that made it, or a newer one",
        )
    folder = _empty(data)
    with folder.hold():
        write_private(folder.restoring, backup.name)
        with _servers(folder) as (servers, seaweedfs):
            _load_rows(servers, backup)
            _compare_rows(servers, manifest)
            objects = list(read_objects(backup))
            _put_all(seaweedfs, vault, objects, hear)
            open_uploads, revision = _settle(servers)
        seaweedfs.settle()
        os.sync()
        folder.restoring.unlink()
    return Restored(
        backup=backup.name,
        rows=sum(int(table["rows"]) for table in manifest.tables.values()),
        tables=len(manifest.tables),
        objects=len(objects),
        bytes=sum(saved.bytes for saved in objects),
        revision_before=manifest.revision,
        revision=revision,
        open_uploads=open_uploads,
        missing=manifest.missing,
        seconds=time.monotonic() - began,
    )


def _empty(data: Path) -> DataFolder:
    folder = DataFolder(data)
    if folder.root.exists() and any(folder.root.iterdir()):
        raise DataFolderError(
            f"{folder.root} is not empty",
            "restore into an empty or a new folder; nothing is ever overwritten",
        )
    folder.prepare()
    return folder


@contextmanager
def _servers(folder: DataFolder) -> Iterator[tuple[Servers, SeaweedFS]]:
    """The new folder's own database and store, for as long as the block lasts."""
    secrets = folder.load_secrets()
    ports = keep_ports(folder.ports_file, ["postgres", *S3_PORTS])
    postgres = make_postgres(folder, secrets, ports)
    seaweedfs = make_seaweedfs(folder, secrets, ports, postgres)
    postgres.prepare()
    running: list[Running] = []

    def start(program: Program) -> None:
        one = Running(program, folder.logs / f"{program.name}.log")
        running.append(one)
        one.wait_ready()

    try:
        start(postgres.program())
        postgres.ensure_database()
        if seaweedfs.catalogue is not None:
            seaweedfs.catalogue.ensure()
        seaweedfs.prepare()
        start(seaweedfs.program())
        ensure_bucket(seaweedfs)
        url = postgres.url()
        yield (
            Servers(
                database_url=url,
                store=store_at(seaweedfs.endpoint, BUCKET, secrets.s3_access_key, secrets.s3_secret_key, url),
            ),
            seaweedfs,
        )
    finally:
        for one in reversed(running):
            one.stop()


def _load_rows(servers: Servers, backup: Path) -> None:
    command = [tool("pg_restore"), "--dbname", servers.libpq_url, "--single-transaction", "--no-owner"]
    done = subprocess.run(
        [*command, "--no-privileges", "--exit-on-error", str(backup / DUMP)],
        env=servers.environment(),
        capture_output=True,
        text=True,
        timeout=RESTORE_S,
        check=False,
    )
    if done.returncode != 0:
        raise RestoreError("pg_restore failed", done.stderr[-2000:])


def _compare_rows(servers: Servers, manifest: Manifest) -> None:
    """Hold every table to what was saved: its rows, and the digest over them."""
    engine = make_engine(servers.database_url, pool_size=1)
    try:
        with transaction(make_sessions(engine)) as db:
            found = {name: (digest.rows, digest.sha256) for name, digest in table_digests(db).items()}
    finally:
        engine.dispose()
    saved = {name: (table["rows"], table["sha256"]) for name, table in manifest.tables.items()}
    different = sorted(name for name in found.keys() | saved.keys() if found.get(name) != saved.get(name))
    if different:
        said = "; ".join(f"{name}: {saved.get(name)} saved, {found.get(name)} restored" for name in different)
        raise RestoreError(f"{len(different)} tables are not as they were saved: {said}")


def _put_all(seaweedfs: SeaweedFS, vault: Vault, objects: list[SavedObject], hear: Hear) -> None:
    """Put every object, then read it back from the store: what it then has must be what was saved."""
    client = seaweedfs.client()

    def put(saved: SavedObject) -> str:
        place = vault.place_of(saved.sha256)
        if not place.is_file() or place.stat().st_size != saved.bytes:
            return f"{saved.key}: {place} is not there, or cut short"
        more = {"ContentType": saved.media_type, "ChecksumAlgorithm": "SHA256"}
        client.upload_file(str(place), BUCKET, saved.key, ExtraArgs=more, Config=TRANSFER)
        digest = hashlib.sha256()
        for piece in client.get_object(Bucket=BUCKET, Key=saved.key)["Body"].iter_chunks(4 * MIB):
            digest.update(piece)
        if digest.hexdigest() != saved.sha256:
            return f"{saved.key}: sha256 {digest.hexdigest()} came back, {saved.sha256} was saved"
        return ""

    different = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number, why in enumerate(pool.map(put, objects), 1):
            different += [why] if why else []
            hear(number, len(objects))
    if different:
        raise RestoreError(
            f"{len(different)} objects are not as they were saved: {'; '.join(different[:5])}",
            "the backup is damaged: try another one with --backup NAME",
        )


def _settle(servers: Servers) -> tuple[int, str]:
    """Bring the schema to this version, and let uploads that were open begin anew in the new store."""
    engine = make_engine(servers.database_url, pool_size=1)
    try:
        revision = migrate(engine)
        with transaction(make_sessions(engine)) as db:
            rows = db.execute(text(_OPEN_FILES)).all()
            for file_id, key, multipart_id in rows:
                # Parts in flight are in no backup; the client is told that none is there, and sends them.
                try:
                    servers.store.list_parts(key, multipart_id)
                except MultipartNotFoundError:
                    fresh = servers.store.create_multipart(key, media_type="application/octet-stream")
                    db.execute(text(_NEW_MULTIPART), {"id": file_id, "multipart": fresh})
            uploads = db.scalar(text("SELECT count(*) FROM upload WHERE state = 'open'"))
    finally:
        engine.dispose()
    return int(uploads or 0), revision


_OPEN_FILES = """
    SELECT f.id, b.object_key, f.multipart_id
      FROM upload u JOIN upload_file f ON f.upload_id = u.id JOIN blob b ON b.id = f.blob_id
     WHERE u.state = 'open' AND f.multipart_id IS NOT NULL
"""
_NEW_MULTIPART = "UPDATE upload_file SET multipart_id = :multipart WHERE id = :id"
