"""A backup is taken while people work, restored into an empty folder, and nothing differs."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import termios
import threading
import urllib.request
from contextlib import contextmanager

import psycopg
import pytest

from heritwin import jobs
from heritwin.api import Api
from heritwin.settings import Settings
from heritwin.uploads.transfer import UploadOptions, upload
from stack.backup.comparing import look
from stack.backup.servers import servers_of
from stack.components.running import Running
from stack.folder import DataFolder
from stack.plan import make_postgres
from stack.started import stack_on
from tests.stack.conftest import ARGUMENTS
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(900)

SIDE = 60
# Their rows tell of the moment, not of what is kept.
OF_THE_MOMENT = {"worker", "dispatcher"}


def client(address, key):
    return Api(Settings(server=address, key=key))


def write_sheet(path):
    """A small cloud, another one each time."""
    chance = random.Random()
    lines = (f"{x / 10} {y / 10} {chance.random():.3f}" for x in range(SIDE) for y in range(SIDE))
    path.write_text("\n".join(lines))
    return path


def make_asset(machine, code):
    organisation = machine.api("/v1/organisations")["items"][0]
    root = {"organisation_id": organisation["id"], "kind": "site", "code": code, "name": {"en": code}}
    subject = machine.api("/v1/subjects", root | {"visibility": "public"})
    return machine.api(f"/v1/subjects/{subject['id']}/assets", {"kind": "point_cloud", "name": "scan"})["id"]


def send(machine, code, folder, *, publish):
    """Upload a cloud of its own; return its version."""
    with client(machine.started.address, machine.started.admin_key) as api:
        path = write_sheet(folder / f"{code}.xyz")
        return upload(api, make_asset(machine, code), [path], UploadOptions(publish=publish))["version"]["id"]


def open_with_a_part(machine, code):
    """An upload of which one part has arrived; return it and the bytes of its file."""
    content = os.urandom(200_000)
    promised = [{"path": "scan.xyz", "size_bytes": len(content)}]
    opened = machine.api("/v1/uploads", {"asset_id": make_asset(machine, code), "files": promised})
    return opened["id"], opened["files"][0]["id"], content


def send_part(api, upload_id, file_id, content):
    """Sign and send the only part of a file, with `api(path, body)`."""
    part = {"file_id": file_id, "number": 1, "size_bytes": len(content)}
    part["sha256"] = hashlib.sha256(content).hexdigest()
    (signed,) = api(f"/v1/uploads/{upload_id}/parts:sign", {"parts": [part]})["parts"]
    request = urllib.request.Request(signed["url"], content, signed["headers"], method="PUT")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def run(*arguments, check=True):
    done = subprocess.run(
        [sys.executable, "-m", "stack", *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    assert not check or done.returncode == 0, done.stderr
    return done


def backup(machine, destination, *more):
    return json.loads(run("backup", destination, "--data", machine.root, "--json", *more).stdout)


def rest(machine):
    """Wait until no job is under way."""
    live = ("waiting", "queued", "running", "cancelling")
    until(
        lambda: not any(machine.api(f"/v1/jobs?state={state}")["items"] for state in live),
        300,
        "all jobs to end",
    )


@contextmanager
def halted_terminal():
    """A terminal on which Ctrl-S was pressed: whoever writes a line of progress to it waits."""
    ours, theirs = os.openpty()
    try:
        termios.tcflow(theirs, termios.TCOOFF)
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)


@contextmanager
def database_of(root):
    """A connection to the database of a data folder, whose stack need not run."""
    folder = DataFolder(root)
    ports = json.loads(folder.ports_file.read_text())
    postgres = make_postgres(folder, folder.load_secrets(), ports)
    running = None if folder.is_held() else Running(postgres.program(), folder.logs / "postgres.log")
    if running:
        running.wait_ready()
    try:
        with psycopg.connect(postgres.admin_url("heritwin")) as connection:
            yield connection
    finally:
        if running:
            running.stop()


def rows_of(root):
    """Every row of every table as text, by table: by the database's own words, not by our code's."""
    names = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    with database_of(root) as connection:
        tables = [name for (name,) in connection.execute(names) if name not in OF_THE_MOMENT]
        return {name: sorted(connection.execute(f'SELECT t::text FROM "{name}" t')) for name in tables}


@pytest.fixture(scope="module")
def kept(machine, tmp_path_factory):
    """A machine with a published version, an upload under way and jobs running; and two backups of it."""
    folder = tmp_path_factory.mktemp("kept")
    vault = folder / "vault"
    published = send(machine, "kept-published", folder, publish=True)
    rest(machine)
    upload_id, file_id, content = open_with_a_part(machine, "kept-open")
    send_part(machine.api, upload_id, file_id, content)
    busy = send(machine, "kept-busy", folder, publish=True)
    until(lambda: machine.api("/v1/jobs?state=running")["items"], 60, "a job to run")
    sender = threading.Thread(target=open_with_a_part, args=(machine, "kept-late"))
    sender.start()
    in_flight = backup(machine, vault)
    sender.join()
    rest(machine)
    at_rest = backup(machine, vault)
    return {
        "vault": vault,
        "published": published,
        "busy": busy,
        "open": (upload_id, file_id, content),
        "in flight": in_flight,
        "at rest": at_rest,
    }


def test_it_copies_only_what_no_earlier_backup_holds(machine, kept):
    first, second = kept["in flight"], kept["at rest"]
    # Two objects of equal bytes are one file.
    assert 0 < first["copied"] <= first["objects"]
    assert first["copied_bytes"] > 0
    assert 0 < second["copied"] < second["objects"]
    assert second["objects"] > first["objects"]
    third = backup(machine, kept["vault"], "--verify")
    assert (third["copied"], third["objects"]) == (0, second["objects"])


def test_it_restores_every_row_and_every_object(machine, kept, tmp_path):
    backup(machine, kept["vault"])
    before = rows_of(machine.root)

    done = json.loads(run("restore", kept["vault"], "--data", tmp_path / "again", "--json").stdout)

    assert done["objects"] == kept["at rest"]["objects"]
    after = rows_of(tmp_path / "again")
    assert after.keys() == before.keys()
    # An open upload gets a new multipart id in the new store; nothing else differs.
    assert [name for name in before if before[name] != after[name]] == ["upload_file"]
    assert len(before["upload_file"]) == len(after["upload_file"])


def test_it_goes_on_from_a_backup_taken_while_people_worked(machine, kept, tmp_path):
    root = tmp_path / "again"
    name = os.path.basename(kept["in flight"]["folder"])
    done = json.loads(run("restore", kept["vault"], "--data", root, "--backup", name, "--json").stdout)
    assert done["open_uploads"] >= 1

    with (
        stack_on(root, [*ARGUMENTS, "--port", str(machine.port + 1)]) as started,
        client(started.address, machine.started.admin_key) as api,
    ):
        ended = jobs.wait(api, kept["busy"])
        assert {job["state"] for job in ended} == {"succeeded"}
        for version in (kept["published"], kept["busy"]):
            found = api.get(f"/v1/versions/{version}")
            assert (found["state"], found["points"]) == ("published", SIDE * SIDE)
        upload_id, file_id, content = kept["open"]
        (file,) = api.get(f"/v1/uploads/{upload_id}")["files"]
        assert file["received"] == []
        send_part(api.post, upload_id, file_id, content)
        assert api.post(f"/v1/uploads/{upload_id}/complete")["upload"]["state"] == "received"


def test_it_goes_on_after_a_backup_that_was_killed(machine, kept, tmp_path):
    vault = tmp_path / "vault"
    command = [sys.executable, "-m", "stack", "backup", str(vault), "--data", str(machine.root)]
    with halted_terminal() as terminal:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=terminal)
        until(lambda: list(vault.glob("objects/??/*")), 60, "a first object")
        process.send_signal(signal.SIGKILL)
        process.wait()
    copied = len(list(vault.glob("objects/??/*")))
    assert list(vault.glob("backups/*.partial"))
    refused = run("restore", vault, "--data", tmp_path / "half", check=False)
    assert refused.returncode == 1
    assert "no finished backup" in refused.stderr
    assert not (tmp_path / "half").exists()

    again = backup(machine, vault)

    assert again["copied"] <= again["objects"] - copied
    assert not list(vault.glob("backups/*.partial"))


def test_it_refuses_to_restore_over_anything_or_from_the_future(machine, kept, tmp_path):
    full = run("restore", kept["vault"], "--data", machine.root, check=False)
    assert (full.returncode, "is not empty" in full.stderr) == (1, True)

    newest = max((kept["vault"] / "backups").iterdir())
    manifest = newest / "manifest.json"
    said = manifest.read_text()
    manifest.write_text(json.dumps(json.loads(said) | {"revision": "9999"}))
    future = run("restore", kept["vault"], "--data", tmp_path / "future", check=False)
    manifest.write_text(said)
    assert (future.returncode, "schema 9999" in future.stderr) == (1, True)
    assert not (tmp_path / "future").exists()


def test_it_refuses_a_damaged_backup_and_a_half_restored_folder(machine, kept, tmp_path):
    newest = max((kept["vault"] / "backups").iterdir())
    saved = [json.loads(line) for line in (newest / "objects.jsonl").read_text().splitlines()]
    victim = next(one for one in saved if one["key"].startswith("blobs/"))
    place = kept["vault"] / "objects" / victim["sha256"][:2] / victim["sha256"]
    whole = place.read_bytes()
    place.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))

    damaged = run("restore", kept["vault"], "--data", tmp_path / "damaged", check=False)
    again = backup(machine, kept["vault"], "--verify")

    assert (damaged.returncode, victim["key"] in damaged.stderr) == (1, True)
    half = run("up", "--data", tmp_path / "damaged", check=False)
    assert (half.returncode, "half-restored" in half.stderr) == (1, True)
    assert again["copied"] == 1
    assert place.read_bytes() == whole


def test_it_says_at_start_which_acknowledged_objects_are_missing(machine, kept):
    version = machine.api(f"/v1/versions/{kept['published']}")
    servers = servers_of(machine.root)
    whole = look(servers)
    with database_of(machine.root) as connection:
        query = """
            SELECT b.object_key FROM blob b JOIN version_file f ON f.blob_id = b.id WHERE f.version_id = %s
        """
        ((key,),) = connection.execute(query, [version["id"]]).fetchall()
    servers.store.delete(key)

    machine.started.running.stop()
    machine.start()

    status = until(lambda: found_missing(machine), 60, "the comparison")
    assert whole.missing == ()
    assert whole.objects == status["objects"] > 0
    assert [one["key"] for one in status["missing"]] == [key]
    log = (machine.root / "logs" / "up.log").read_text()
    assert f"{key}: {version['bytes']} bytes expected, nothing there" in log
    refused = run("backup", kept["vault"], "--data", machine.root, "--verify", check=False)
    # An earlier backup has it: nothing is lost, and the next backup is whole.
    assert refused.returncode == 0


def found_missing(machine):
    found = json.loads(machine.command("status", "--json").stdout)["missing"]
    return found if found and found["missing"] else None
