"""SeaweedFS keeps its names in our PostgreSQL; a folder from before that goes on as it was."""

import json
import os

import psycopg
import pytest
from botocore.exceptions import ClientError

from stack.components.catalogue import NAME, Catalogue
from stack.components.ports import free_port
from stack.components.postgres import Postgres
from stack.components.running import Running
from stack.components.seaweedfs import PORTS, SeaweedFS
from tests.support.waiting import until

BUCKET = "heritwin"


def store(folder, catalogue):
    ports: dict[str, int] = {}
    for name in PORTS:
        ports[name] = free_port(list(ports.values()))
    return SeaweedFS(
        folder=folder / "store", ports=ports, access_key="tests", secret_key="s" * 32, catalogue=catalogue
    )


class Started:
    """Programs that end with the block."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []

    def start(self, program):
        running = Running(program, self.folder / f"{program.name}.log")
        self.running.append(running)
        running.wait_ready()
        return running

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for running in reversed(self.running):
            running.stop()


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    server = Postgres(
        folder=folder, port=free_port(), admin_password="a" * 16, password="p" * 16, is_durable=False
    )
    server.prepare()
    with Started(folder) as started:
        started.start(server.program())
        server.ensure_database()
        yield server


def put_and_get(server, key):
    server.ensure_bucket(BUCKET)
    server.client().put_object(Bucket=BUCKET, Key=key, Body=b"pillar")
    return server.client().get_object(Bucket=BUCKET, Key=key)["Body"].read()


def test_it_keeps_names_in_postgres_where_only_it_may_read_them(tmp_path, postgres):
    catalogue = Catalogue(postgres=postgres)
    catalogue.ensure()
    server = store(tmp_path, catalogue)
    server.prepare()
    with Started(tmp_path) as started:
        first = started.start(server.program())
        assert put_and_get(server, "blobs/one") == b"pillar"
        first.process.kill()
        first.process.wait()
        started.start(server.program())
        # It answers before its volumes are known to it again.
        server.ensure_bucket(BUCKET)
        assert server.client().get_object(Bucket=BUCKET, Key="blobs/one")["Body"].read() == b"pillar"

    assert not (tmp_path / "store/volumes/filerldb2").exists()
    assert (tmp_path / "store/filer.toml").stat().st_mode & 0o777 == 0o600
    with psycopg.connect(postgres.admin_url(NAME)) as connection:
        names = connection.execute(f'SELECT name FROM "{BUCKET}"').fetchall()
    assert ("one",) in names
    theirs = f"postgresql://{NAME}:{catalogue.password}@127.0.0.1:{postgres.port}"
    with pytest.raises(psycopg.OperationalError), psycopg.connect(f"{theirs}/heritwin"):
        pass
    with psycopg.connect(f"{theirs}/{NAME}") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def is_read(client, key):
    try:
        return bool(client.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    except ClientError:
        return False


def test_it_reads_everything_again_after_a_power_cut_took_the_end_of_every_index(tmp_path):
    server = store(tmp_path, None)
    server.prepare()
    objects = {f"blobs/{number}": os.urandom(20_000) for number in range(30)}
    with Started(tmp_path) as started:
        first = started.start(server.program())
        server.ensure_bucket(BUCKET)
        for key, content in objects.items():
            server.client().put_object(Bucket=BUCKET, Key=key, Body=content)
        first.process.kill()
        first.process.wait()
    # What a power cut may leave of files that are synced (volumes, but for an unfinished needle) and not.
    indexes = [path for path in (tmp_path / "store/volumes").glob("*.idx") if path.stat().st_size]
    assert indexes
    for path in indexes:
        os.truncate(path, path.stat().st_size // 2)
        with path.with_suffix(".dat").open("ab") as volume:
            volume.write(os.urandom(100))
    (tmp_path / "store/runs-in-boot").write_text("another boot")

    server.prepare()
    with Started(tmp_path) as started:
        started.start(server.program())
        server.ensure_bucket(BUCKET)
        client = server.client()
        until(lambda: is_read(client, "blobs/0"), 30, "the volumes to be known")
        found = {key: client.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in objects}
        client.put_object(Bucket=BUCKET, Key="blobs/after", Body=b"after")
        after = client.get_object(Bucket=BUCKET, Key="blobs/after")["Body"].read()

    assert found == objects
    assert after == b"after"


def test_it_goes_on_with_a_folder_whose_names_are_in_its_own_store(tmp_path, postgres):
    before = store(tmp_path, None)
    before.prepare()
    with Started(tmp_path) as started:
        started.start(before.program())
        put_and_get(before, "blobs/old")

    after = store(tmp_path, Catalogue(postgres=postgres))
    after.prepare()
    assert after.keeps_names_itself
    with Started(tmp_path) as started:
        started.start(after.program())
        after.ensure_bucket(BUCKET)
        assert after.client().get_object(Bucket=BUCKET, Key="blobs/old")["Body"].read() == b"pillar"
    assert json.loads((tmp_path / "store/s3.json").read_text())["identities"]
