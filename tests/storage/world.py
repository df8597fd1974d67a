"""A small world for the storage specs: organisations, people of every role, subjects, uploads, jobs."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from storage.callers import ANONYMOUS, Caller, Role
from storage.db import Sessions, transaction
from storage.jobs.claims import claim_next
from storage.jobs.finishing import finish
from storage.jobs.inserting import NewJob, insert_job
from storage.jobs.records import Claim, FoundFile, Job, Outputs
from storage.objects.memory import MemoryStore
from storage.organisations.bootstrap import bootstrap_admin
from storage.organisations.commands import add_member, create_key, create_organisation
from storage.organisations.queries import authenticate_key
from storage.subjects.commands import create_subject
from storage.subjects.records import Subject
from storage.uploads.commands import open_upload, sign_parts
from storage.uploads.completing import complete
from storage.uploads.plan import part_size
from storage.uploads.queries import files_to_verify
from storage.uploads.records import Completed, NewFile, PartToSign, Upload
from storage.versions.assets import create_asset

INSPECTED: dict[str, Any] = {
    "kind": "point_cloud",
    "format": "las",
    "points": 1000,
    "bounds": [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]],
    "crs": {"declared": None, "name": None, "horizontal_unit": "metre", "treated_as": "local"},
    "frame": {"kind": "free", "origin_geodetic": None, "max_error_m": None},
    "units": "metre",
    "attributes": ["intensity"],
    "stations": [],
    "textures": [],
    "warnings": [],
}
SHIFTED = [[1.0, 0.0, 0.0, 5.0], [0.0, 1.0, 0.0, 6.0], [0.0, 0.0, 1.0, 7.0], [0.0, 0.0, 0.0, 1.0]]


class World:
    """Two organisations, `hue` and `hanoi`; a person of every role in `hue`, an admin in `hanoi`."""

    def __init__(self, sessions: Sessions, url: str = "") -> None:
        self.sessions = sessions
        self.url = url
        self.store = MemoryStore()
        with transaction(sessions) as db:
            secret = bootstrap_admin(db, organisation="ops", organisation_name="Ops", person="Root")
        self.root = self.caller(secret)
        with transaction(sessions) as db:
            self.hue = create_organisation(db, self.root, code="hue", name="Huế").id
            self.hanoi = create_organisation(db, self.root, code="hanoi", name="Hà Nội").id
        self.callers: dict[str, Caller] = {"anonymous": ANONYMOUS, "server admin": self.root}
        for role in Role:
            self.callers[role.value] = self.member(self.hue, role)
        self.callers["other contributor"] = self.member(self.hue, Role.CONTRIBUTOR)
        self.callers["stranger"] = self.member(self.hanoi, Role.ADMIN)

    @property
    def contributor(self) -> Caller:
        """A contributor of hue."""
        return self.callers["contributor"]

    @property
    def curator(self) -> Caller:
        """A curator of hue."""
        return self.callers["curator"]

    def caller(self, secret: str) -> Caller:
        """The caller of a key."""
        with transaction(self.sessions) as db:
            return authenticate_key(db, secret)

    def member(self, organisation_id: UUID, role: Role, scopes: Sequence[str] | None = None) -> Caller:
        """A new member, by a key of his own."""
        with transaction(self.sessions) as db:
            root = authenticated_root(self)
            person = add_member(db, root, organisation_id, role=role.value, name=role.value)
            made = create_key(
                db, root, organisation_id, name="test", person_id=person.person_id, scopes=scopes
            )
        return self.caller(made.secret)

    def subject(self, code: str, *, visibility: str = "private", parent: Subject | None = None) -> Subject:
        """A root, or a part below `parent`."""
        with transaction(self.sessions) as db:
            if parent is not None:
                return create_subject(
                    db, self.curator, kind="component", code=code, name={"vi": code}, parent_id=parent.id
                )
            return create_subject(
                db,
                self.curator,
                kind="monument",
                code=code,
                name={"vi": code},
                organisation_id=self.hue,
                visibility=visibility,
            )

    def asset(self, subject: Subject, name: str = "scan") -> UUID:
        """An asset of a subject."""
        with transaction(self.sessions) as db:
            return create_asset(db, self.curator, subject.id, kind="point_cloud", name=name).id

    def open(self, asset_id: UUID, files: dict[str, bytes], **more: Any) -> Upload:
        """An open upload by the contributor (or `by`), promising the right digests (or `promised`)."""
        by = more.pop("by", self.contributor)
        promised = more.pop("promised", {})
        listed = [
            NewFile(path=path, size_bytes=len(data), sha256=promised.get(path, sha256(data)))
            for path, data in files.items()
        ]
        with transaction(self.sessions) as db:
            return open_upload(db, by, self.store, asset_id=asset_id, files=listed, **more)

    def send(self, upload: Upload, files: dict[str, bytes], by: Caller | None = None) -> None:
        """Send all parts to the memory store."""
        for file in upload.files:
            for number, data in enumerate(cut(files[file.path]), start=1):
                self.send_part(upload, file.id, number, data, by=by)

    def send_part(
        self, upload: Upload, file_id: UUID, number: int, data: bytes, by: Caller | None = None
    ) -> None:
        """Sign and send one part."""
        part = PartToSign(file_id=file_id, number=number, size_bytes=len(data), sha256=sha256(data))
        with transaction(self.sessions) as db:
            (signed,) = sign_parts(db, by or self.contributor, self.store, upload.id, [part])
        self.store.accept(signed.url, data, signed.headers)

    def complete(self, upload: Upload, by: Caller | None = None) -> Completed:
        """Complete an upload."""
        with transaction(self.sessions) as db:
            return complete(db, by or self.contributor, self.store, upload.id)

    def uploaded(self, asset_id: UUID, data: bytes | None = None, **more: Any) -> Completed:
        """A received upload of one file, of fresh bytes if none are given."""
        files = {"scan.las": data or asset_id.bytes + uuid4().bytes}
        by = more.get("by", self.contributor)
        upload = self.open(asset_id, files, **more)
        self.send(upload, files, by=by)
        return self.complete(upload, by=by)

    def empty_queue(self) -> None:
        """End all jobs that others have left."""
        with transaction(self.sessions) as db:
            db.execute(
                text(
                    "UPDATE attempt SET state = 'cancelled' WHERE state = 'running';"
                    "UPDATE job SET state = 'cancelled', lease_ends_at = NULL WHERE state IN "
                    "('waiting', 'queued', 'running', 'cancelling')"
                )
            )

    def claim(self, operation: str | None = None, worker: str = "w1", lease_s: float = 60) -> Claim | None:
        """Claim the next job, perhaps of one operation only."""
        with transaction(self.sessions) as db:
            return claim_next(
                db,
                worker=worker,
                memory_mib=10_000,
                disk_mib=100_000,
                lease_s=lease_s,
                operations=None if operation is None else [operation],
            )

    def claimed(self, operation: str | None = None, **more: Any) -> Claim:
        """Claim a job that must be there."""
        claim = self.claim(operation, **more)
        assert claim is not None
        return claim

    def finish(self, claim: Claim, outputs: Outputs | None = None) -> Job:
        """Finish a claimed job."""
        with transaction(self.sessions) as db:
            return finish(db, self.store, claim, outputs or Outputs())

    def verify(self) -> Job:
        """Do every queued `verify-upload` as a worker would; return the last one."""
        done = None
        while (claim := self.claim("verify-upload")) is not None:
            assert claim.upload_id is not None
            with transaction(self.sessions) as db:
                files = files_to_verify(db, claim.upload_id)
            seen = [
                FoundFile(
                    file_id=file.file_id,
                    sha256=sha256(self.store.get(file.object_key)),
                    size_bytes=file.size_bytes,
                )
                for file in files
            ]
            done = self.finish(claim, Outputs(found=seen))
        assert done is not None
        return done

    def inspect(self, **more: Any) -> Job:
        """Do every queued `inspect-version` with a canned result; return the last one."""
        done = None
        while (claim := self.claim("inspect-version")) is not None:
            done = self.finish(claim, Outputs(results={"inspect": {**INSPECTED, **more}}))
        assert done is not None
        return done

    def job(self, *, needs: Sequence[UUID] = (), **more: Any) -> UUID:
        """A bare job of hue (or `organisation_id`)."""
        with transaction(self.sessions) as db:
            new = NewJob(
                **{
                    "operation": "tile-version",
                    "organisation_id": self.hue,
                    "parameters": {},
                    "needs": needs,
                    "requested_by": self.contributor.person_id,
                    **more,
                }
            )
            return insert_job(db, new)


def authenticated_root(world: World) -> Caller:
    """The server admin."""
    return world.root


def sha256(data: bytes) -> str:
    """The digest of bytes, in hex."""
    return hashlib.sha256(data).hexdigest()


def cut(data: bytes) -> list[bytes]:
    """The parts of a file, by the plan."""
    size = part_size(len(data))
    return [data[start : start + size] for start in range(0, len(data), size)]
