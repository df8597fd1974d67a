"""A preview is there while the rest is still being read, and gone again if the rest cannot be."""

import hashlib
import urllib.request
from pathlib import Path

import pytest

from storage import db as database
from storage.derivatives.keys import prefix
from storage.jobs.control import cancel
from storage.jobs.records import Job
from storage.uploads.commands import open_upload
from storage.uploads.early import ask_early, sign_pieces
from storage.uploads.records import NewFile, PieceToSign
from tests.workers.rooms import Bench
from tests.workers.test_jobs import CLOUD, derivatives
from tests.workers.world import World
from workers.operations.verify_upload import FIRST_LOOK_S, LARGE_BYTES
from workers.reaping import reap_lost_derivatives


@pytest.fixture
def shut_gate(gate: Path) -> Path:
    """A gate that holds a job after its first step."""
    (gate / "open").touch()
    (gate / "shut").touch()
    return gate


def has_handed_over(jobs: dict[str, Job]) -> bool:
    return "inspect-version" in jobs and jobs["inspect-version"].made == ("preview",)


def shown(world: World) -> list[str]:
    """Kinds of the current derivatives of versions."""
    with database.transaction(world.sessions) as db:
        rows = db.connection().exec_driver_sql(
            "SELECT kind FROM version_derivative WHERE is_current ORDER BY kind"
        )
        return [row[0] for row in rows]


def test_it_hands_the_preview_over_while_the_rest_is_still_being_read(world: World, shut_gate: Path):
    with world.dispatcher(), world.worker(str(shut_gate)):
        world.upload(CLOUD)
        jobs = world.wait(has_handed_over)
        state, there = jobs["inspect-version"].state, shown(world)
        (shut_gate / "shut").unlink()
        jobs = world.wait(lambda jobs: len(jobs) == 4 and all(job.ended_at for job in jobs.values()))

    assert (state, there) == ("running", ["preview"])
    assert jobs["inspect-version"].made == ("picture", "preview")
    assert derivatives(world).count(("preview", "ready")) == 1
    assert list((world.folder / "data" / "rooms" / "hue-1").iterdir()) == []


def test_it_hashes_a_large_file_after_its_preview(world: World, gate: Path):
    """Both read all of it from one disk, and the preview is what somebody waits for."""
    large = {f"scan-{n}.xyz": b"0 0 0\n" * (LARGE_BYTES // 48 + 1) for n in range(8)}

    def is_hashed(jobs: dict[str, Job]) -> object:
        return "verify-upload" in jobs and jobs["verify-upload"].ended_at

    with world.dispatcher(), world.worker(str(gate)), world.worker(str(gate)):
        world.upload(large)
        world.wait(lambda jobs: {"inspect-version", "verify-upload"} <= {j for j in jobs if jobs[j].worker})
        with pytest.raises(AssertionError, match="in vain"):
            world.wait(is_hashed, timeout_s=FIRST_LOOK_S / 5)
        (gate / "open").touch()
        jobs = world.wait(is_hashed)

    assert jobs["verify-upload"].state == "succeeded"
    assert ("preview", "ready") in derivatives(world)


def test_it_looks_at_what_is_being_sent_while_every_other_worker_is_busy(world: World, shut_gate: Path):
    only_early = {"HERITWIN_OPERATIONS": "early-word", "HERITWIN_WORKER_NAME": "early"}
    with world.dispatcher(), world.worker(str(shut_gate)):
        world.upload(CLOUD)
        world.wait(has_handed_over)
        with world.process("-m", "workers", "worker", **only_early):
            ask_about_a_head(world)
            jobs = world.wait(lambda jobs: "early-word" in jobs and jobs["early-word"].ended_at)
        state = jobs["inspect-version"].state
        (shut_gate / "shut").unlink()

    assert (jobs["early-word"].state, state) == ("succeeded", "running")
    assert jobs["early-word"].attempts[0].worker == "early-1"


def ask_about_a_head(world: World) -> None:
    """Begin an upload, send the head of its file, and ask what it shows."""
    data = b"0 0 0\n1 1 1\n" * 9000
    head = data[: 64 * 1024]
    with database.transaction(world.sessions) as db:
        new = [NewFile(path="a.xyz", size_bytes=len(data), sha256=None)]
        asset_id = world.asset_ids["point_cloud"]
        upload = open_upload(db, world.caller, world.store, asset_id=asset_id, files=new)
        piece = PieceToSign(
            file_id=upload.files[0].id,
            offset_bytes=0,
            size_bytes=len(head),
            sha256=hashlib.sha256(head).hexdigest(),
        )
        (signed,) = sign_pieces(db, world.caller, world.store, upload.id, [piece], expires_s=60)
    request = urllib.request.Request(
        signed.url, data=head, method=signed.method, headers=dict(signed.headers)
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
    with database.transaction(world.sessions) as db:
        ask_early(db, world.caller, world.store, upload.id)


def test_it_takes_the_preview_back_when_the_job_does_not_succeed(world: World, shut_gate: Path):
    with world.dispatcher(), world.worker(str(shut_gate)):
        world.upload(CLOUD)
        jobs = world.wait(has_handed_over)
        with database.transaction(world.sessions) as db:
            cancel(db, world.caller, jobs["inspect-version"].id)
        jobs = world.wait(lambda jobs: jobs["inspect-version"].state == "cancelled")
        assert jobs["inspect-version"].made == ()
        assert shown(world) == []
        reap_lost_derivatives(world.sessions, world.store)

    assert derivatives(world) == [("preview", "reaped")]
    with database.transaction(world.sessions) as db:
        made = db.connection().exec_driver_sql("SELECT id FROM derivative").scalar_one()
    assert list(world.store.list(prefix(made))) == []


def test_it_refuses_a_step_that_names_files_that_are_not_its_own(bench: Bench):
    outcome = bench.run("claim_early", early={"first": lambda step, folder: None})

    assert outcome.failure.kind == "output-refused"
