"""Who sees what: one table, every cell asked."""

import pytest

from storage.callers import Caller
from storage.db import transaction
from storage.derivatives.commands import begin
from storage.derivatives.queries import get_derivative, is_public, list_derivatives, require_readable
from storage.errors import NotFoundError
from storage.jobs.queries import get_job, jobs_of_version, list_jobs
from storage.jobs.records import MadeDerivative, MadeFile, Outputs
from storage.subjects.queries import get_subject, list_subjects
from storage.uploads.queries import get_upload
from storage.versions.assets import get_asset
from storage.versions.commands import publish, withdraw
from storage.versions.queries import get_version, list_versions
from tests.storage.world import INSPECTED

EVERYONE = {
    "anonymous",
    "stranger",
    "viewer",
    "contributor",
    "other contributor",
    "curator",
    "admin",
    "server admin",
}
MEMBERS = EVERYONE - {"anonymous", "stranger"}
WORKING_ON_IT = {"contributor", "curator", "admin", "server admin"}
NOBODY: set[str] = set()

SEEN = {
    ("private", "draft"): {
        "subject": MEMBERS,
        "asset": MEMBERS,
        "version": WORKING_ON_IT,
        "derivative": WORKING_ON_IT,
        "job": WORKING_ON_IT,
        "upload": WORKING_ON_IT,
    },
    ("private", "published"): {
        "subject": MEMBERS,
        "asset": MEMBERS,
        "version": MEMBERS,
        "derivative": MEMBERS,
        "job": WORKING_ON_IT,
        "upload": WORKING_ON_IT,
    },
    ("public", "draft"): {
        "subject": EVERYONE,
        "asset": EVERYONE,
        "version": WORKING_ON_IT,
        "derivative": WORKING_ON_IT,
        "job": WORKING_ON_IT,
        "upload": WORKING_ON_IT,
    },
    ("public", "published"): {
        "subject": EVERYONE,
        "asset": EVERYONE,
        "version": EVERYONE,
        "derivative": EVERYONE,
        "job": WORKING_ON_IT,
        "upload": WORKING_ON_IT,
    },
    ("public", "withdrawn"): {
        "subject": EVERYONE,
        "asset": EVERYONE,
        "version": EVERYONE,
        "derivative": WORKING_ON_IT,
        "job": WORKING_ON_IT,
        "upload": WORKING_ON_IT,
    },
}


@pytest.fixture(scope="module")
def things(world):
    """By visibility and state, the ids of one of each thing."""
    made = {}
    for visibility, state in SEEN:
        subject = world.subject(f"{visibility}-{state}", visibility=visibility)
        done = world.uploaded(world.asset(subject), data=f"{visibility} {state}".encode())
        world.verify()
        claim = world.claimed("inspect-version")
        with transaction(world.sessions) as db:
            derivative = begin(db, claim, kind="picture", operation="picture")
        file = MadeFile(
            path="picture.webp", role="picture", media_type="image/webp", size_bytes=3, sha256="0" * 64
        )
        world.finish(
            claim,
            Outputs(
                results={"inspect": INSPECTED},
                derivatives=[MadeDerivative(id=derivative, result={}, files=[file])],
            ),
        )
        with transaction(world.sessions) as db:
            if state != "draft":
                publish(db, world.curator, world.store, done.version.id)
            if state == "withdrawn":
                withdraw(db, world.curator, done.version.id, reason="wrong hall")
        made[visibility, state] = {
            "subject": subject.id,
            "asset": done.version.asset_id,
            "version": done.version.id,
            "derivative": derivative,
            "job": claim.job_id,
            "upload": done.upload.id,
        }
    return made


ASK = {
    "subject": get_subject,
    "asset": get_asset,
    "version": get_version,
    "derivative": get_derivative,
    "job": get_job,
    "upload": get_upload,
}


def sees(world, caller: Caller, what: str, name) -> bool:
    """Whether the caller gets the thing rather than a 404."""
    with transaction(world.sessions) as db:
        try:
            ASK[what](db, caller, name)
        except NotFoundError:
            return False
        return True


@pytest.mark.parametrize("what", list(ASK))
@pytest.mark.parametrize("case", list(SEEN), ids=" ".join)
def test_it_shows_each_thing_to_those_who_may_see_it_and_to_nobody_else(world, things, case, what):
    seen_by = {
        name for name, caller in world.callers.items() if sees(world, caller, what, things[case][what])
    }

    assert seen_by == SEEN[case][what]


def test_it_lists_to_the_public_exactly_what_is_public(world, things):
    anonymous = world.callers["anonymous"]
    with transaction(world.sessions) as db:
        subjects = {each.path for each in list_subjects(db, anonymous).items}
        jobs = list_jobs(db, anonymous).items
        drafts = list_versions(db, anonymous, things["public", "draft"]["asset"]).items
        of_published = jobs_of_version(db, anonymous, things["public", "published"]["version"])

    assert subjects == {"public-draft", "public-published", "public-withdrawn"}
    assert (jobs, drafts, of_published) == ((), (), ())


def test_it_calls_public_only_what_is_published_under_a_public_root(world, things):
    with transaction(world.sessions) as db:
        public = {case for case, ids in things.items() if is_public(db, ids["derivative"])}

    assert public == {("public", "published")}


def test_it_gives_no_tiles_of_a_withdrawn_version_to_the_public(world, things):
    withdrawn = things["public", "withdrawn"]
    with transaction(world.sessions) as db:
        with pytest.raises(NotFoundError):
            require_readable(db, world.callers["viewer"], withdrawn["derivative"])
        assert list_derivatives(db, world.callers["viewer"], withdrawn["version"]) == ()
        require_readable(db, world.curator, withdrawn["derivative"])
