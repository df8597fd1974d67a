"""What an earlier landing kept is opened by this one: rows and objects recorded then (data/record.py)."""

import json
from pathlib import Path

import psycopg
import pytest

from heritwin.api import Api
from heritwin.settings import Settings
from stack.backup.restoring import restore
from stack.backup.servers import Servers, store_at
from stack.backup.taking import take
from stack.started import stack_on
from storage.migrate import head_revision
from tests.stack.conftest import ARGUMENTS
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(600)

OLD = Path(__file__).with_name("data") / "schema-0002"
FACTS = json.loads((OLD / "facts.json").read_text())


def nobody_hears(*_):
    """Progress, unheard."""


@pytest.fixture(scope="module")
def saved(run, s3_settings, tmp_path_factory):
    """A backup of the earlier landing's rows and objects."""
    url = run.create_database("earlier_landing", None)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute((OLD / "rows.sql").read_text())
    store = store_at(
        s3_settings.endpoint, s3_settings.bucket, s3_settings.access_key, s3_settings.secret_key, url
    )
    for path in (OLD / "objects").iterdir():
        store.put(path.name.replace("__", "/"), path.read_bytes(), media_type="application/octet-stream")
    vault = tmp_path_factory.mktemp("vault")
    take(Servers(database_url=url, store=store), vault, hear=nobody_hears, verify=False, allow_missing=False)
    yield vault
    run.drop_database("earlier_landing")


def test_it_opens_what_an_earlier_landing_kept_and_reads_all_of_it(saved, tmp_path):
    done = restore(saved, tmp_path / "data", name=None, hear=nobody_hears)
    assert (done.revision_before, done.revision) == (FACTS["revision"], head_revision())
    assert done.objects == len(list((OLD / "objects").iterdir()))
    ids, rows = FACTS["ids"], FACTS["rows"]

    with stack_on(tmp_path / "data", [*ARGUMENTS, "--new-admin-key"]) as started:
        with Api(Settings(server=started.address, key=started.admin_key)) as api:
            version = api.get(f"/v1/versions/{ids['version']}")
            assert (version["state"], version["number"], version["points"]) == ("published", 1, 4)
            assert version["placement"]["state"] == "accepted"
            assert [file["path"] for file in version["files"]] == ["scan.las"]
            assert api.get(f"/v1/uploads/{ids['upload']}")["state"] == "open"
            assert len(list(api.items("/v1/subjects"))) == rows["subject"]
            assert len(list(api.items("/v1/uploads"))) == rows["upload"]
            assert len(list(api.items("/v1/concepts"))) == rows["concept"]
            assert len(list(api.items(f"/v1/assets/{ids['asset']}/versions"))) == rows["version"]
            assert list(api.items("/v1/statements"))
            assert list(api.items("/v1/events"))
            # What a worker of then had in hand is taken from it, and done by one of now.
            job = until(
                lambda: ended(api.get(f"/v1/jobs/{ids['running']}")), 120, "the job of then to be done"
            )
        assert (job["state"], [one["state"] for one in job["attempts"]]) == (
            "succeeded",
            ["lost", "succeeded"],
        )


def ended(job):
    """The job, once it has ended."""
    return job if job["ended_at"] else None
