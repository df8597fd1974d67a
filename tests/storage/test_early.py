"""Heads and tails of files come first; a job looks at them, and what it says stands with the files."""

import pytest

from storage.db import transaction
from storage.jobs.inputs import inputs_of
from storage.jobs.records import Outputs
from storage.objects.errors import ObjectNotFoundError
from storage.uploads.commands import abandon
from storage.uploads.early import MOST_PIECE_BYTES, ask_early, early_job, sign_pieces
from storage.uploads.errors import InvalidUploadError, UnknownPartError, UploadNotOpenError
from storage.uploads.pieces import ended_with_pieces, paths_of_upload, piece_key, reap_pieces
from storage.uploads.queries import get_upload
from storage.uploads.records import PieceToSign
from tests.storage.world import sha256

KIB = 1024
DATA = bytes(range(256)) * 1024


@pytest.fixture
def upload(quiet_world):
    """An open upload of two files of 256 KiB."""
    world = quiet_world
    asset = world.asset(world.subject("early" + world.job().hex[-12:]))
    world.empty_queue()
    return world.open(asset, {"a.las": DATA, "b.las": DATA[::-1]})


def piece(upload, offset: int, size: int, *, file: int = 0, data: bytes = DATA) -> PieceToSign:
    """A piece of one file."""
    digest = sha256(data[offset : offset + size])
    return PieceToSign(file_id=upload.files[file].id, offset_bytes=offset, size_bytes=size, sha256=digest)


def sign(world, upload, *pieces):
    with transaction(world.sessions) as db:
        return sign_pieces(db, world.contributor, world.store, upload.id, pieces, expires_s=60)


def send(world, upload, *, file: int = 0, data: bytes = DATA) -> None:
    """Send head and tail of one file."""
    pieces = [piece(upload, at, 64 * KIB, file=file, data=data) for at in (0, 192 * KIB)]
    for each, signed in zip(pieces, sign(world, upload, *pieces), strict=True):
        world.store.accept(signed.url, data[each.offset_bytes :][: each.size_bytes], signed.headers)


def ask(world, upload):
    with transaction(world.sessions) as db:
        return ask_early(db, world.contributor, world.store, upload.id)


def say(world, claim, **files) -> None:
    world.finish(claim, Outputs(results={"early": {"said": files}}))


def test_it_looks_at_the_files_whose_pieces_are_there_before_all_other_work(quiet_world, upload):
    world = quiet_world
    world.job()
    send(world, upload)
    sign(world, upload, piece(upload, 0, 64 * KIB, file=1, data=DATA[::-1]))
    job = ask(world, upload)
    claim = world.claimed()
    with transaction(world.sessions) as db:
        inputs = inputs_of(db, claim)
        listed = paths_of_upload(db, upload.id)

    assert (job.operation, claim.job_id, job.version_id) == ("early-word", job.id, None)
    assert [(each.path, each.offset_bytes, each.of_bytes) for each in inputs] == [
        ("a.las", 0, 256 * KIB),
        ("a.las", 192 * KIB, 256 * KIB),
    ]
    assert listed == ["a.las", "b.las"]
    assert world.store.get(inputs[0].object_key) == DATA[: 64 * KIB]


def test_it_keeps_what_was_said_with_the_files_and_asks_only_about_new_ones(quiet_world, upload):
    world = quiet_world
    send(world, upload)
    ask(world, upload)
    said = {"points": 7, "pieces": [[0, 64 * KIB], [192 * KIB, 64 * KIB]]}
    say(world, world.claimed(), **{"a.las": said, "stranger.las": {"points": 1}})
    again = ask(world, upload)
    send(world, upload, file=1, data=DATA[::-1])
    next_job = ask(world, upload)
    with transaction(world.sessions) as db:
        files = get_upload(db, world.contributor, upload.id).files
        newest = early_job(db, upload.id)

    assert [file.early for file in files] == [said, None]
    assert again is None
    assert next_job.arguments == {"files": [str(upload.files[1].id)]}
    assert newest.id == next_job.id


def test_it_asks_nothing_while_a_piece_has_not_arrived(quiet_world, upload):
    sign(quiet_world, upload, piece(upload, 0, 64 * KIB))

    assert ask(quiet_world, upload) is None


@pytest.mark.parametrize(
    ("offset", "size"),
    [(0, 64 * KIB - 1), (0, 256 * KIB + 1), (-1, 64 * KIB), (255 * KIB, 2 * KIB), (0, MOST_PIECE_BYTES + 1)],
)
def test_it_signs_no_piece_that_the_file_does_not_have(quiet_world, upload, offset, size):
    with pytest.raises(UnknownPartError):
        sign(quiet_world, upload, piece(upload, offset, size))


def test_it_signs_few_pieces_of_a_file(quiet_world, upload):
    with pytest.raises(InvalidUploadError):
        sign(quiet_world, upload, *(piece(upload, at * KIB, 64 * KIB) for at in range(5)))


def test_it_takes_the_pieces_away_when_the_upload_has_ended(quiet_world, upload):
    world = quiet_world
    send(world, upload)
    with transaction(world.sessions) as db:
        assert upload.id not in ended_with_pieces(db)
        abandon(db, world.contributor, world.store, upload.id)
    with transaction(world.sessions) as db:
        assert upload.id in ended_with_pieces(db)
        reap_pieces(db, world.store, upload.id)
    with transaction(world.sessions) as db:
        assert upload.id not in ended_with_pieces(db)

    with pytest.raises(ObjectNotFoundError):
        world.store.get(piece_key(upload.id, upload.files[0].id, 0))
    with pytest.raises(UploadNotOpenError):
        sign(world, upload, piece(upload, 0, 64 * KIB))
