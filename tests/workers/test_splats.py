"""Splats go through: seen as their centres, published, and nothing made that only clouds have."""

from storage import db as database
from storage.derivatives.queries import list_derivatives
from storage.versions.queries import get_version
from tests.support.splats import spz
from tests.workers.test_real import PATIENCE_S, real_worker
from tests.workers.world import World


def test_it_takes_splats_from_upload_to_publication(world: World):
    with world.dispatcher(), real_worker(world):
        sent = world.upload({"statue.spz": spz(4)}, publish=True)

        def published(_):
            with database.transaction(world.sessions) as db:
                return get_version(db, world.caller, sent.version.id).state == "published"

        world.wait(published, timeout_s=PATIENCE_S)
        jobs = world.jobs()

    with database.transaction(world.sessions) as db:
        version = get_version(db, world.caller, sent.version.id)
        made = {one.kind: one.result for one in list_derivatives(db, world.caller, version.id)}
    assert (version.kind, version.format, version.points) == ("splat", "spz", 3)
    assert set(made) == {"preview", "picture", "tileset"}
    assert made["tileset"]["points"] == 3
    assert set(jobs) == {"verify-upload", "inspect-version", "tile-version"}
