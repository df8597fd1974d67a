"""What the dispatcher fails and takes away by itself, now and then."""

from storage import db as database
from storage.jobs.liveness import register_worker
from tests.workers.world import World, worker_settings
from workers.celery_app import make_app
from workers.dispatcher import Dispatcher


def dispatcher(world: World) -> Dispatcher:
    """A dispatcher that does not run: it is told to tidy."""
    return Dispatcher(
        sessions=world.sessions,
        listen_url="",
        app=make_app(worker_settings(world.environment)),
        store=world.store,
        idle_days=7,
        canary_s=10,
    )


def test_it_fails_what_fits_no_worker_and_reaps_what_was_given_up(world: World):
    done = world.upload({"scan.xyz": b"0 0 0\n1 1 1\n"})
    key = done.version.files[0].object_key
    with database.transaction(world.sessions) as db:
        register_worker(db, "small", memory_mib=700, disk_mib=1 << 20, room="rlimits")
        db.connection().exec_driver_sql("UPDATE blob SET state = 'deleted'")
        db.connection().exec_driver_sql("UPDATE job SET queued_at = now() - interval '2 minutes'")
        db.connection().exec_driver_sql(
            "INSERT INTO idempotency (person_id, key, request_sha256, status, answer, created_at)"
            " SELECT id, 'old', '', 201, '{}', now() - interval '2 days' FROM person LIMIT 1"
        )

    dispatcher(world).tidy()
    jobs = world.jobs()
    still_read = [item.key for item in world.store.list(key)]
    with database.transaction(world.sessions) as db:
        db.connection().exec_driver_sql("UPDATE job SET state = 'cancelled'")
        kept = db.connection().exec_driver_sql("SELECT count(*) FROM idempotency").scalar()
    dispatcher(world).tidy()

    assert jobs["inspect-version"].error.kind == "memory-limit"
    assert jobs["verify-upload"].state == "queued"
    assert still_read == [key]
    assert list(world.store.list(key)) == []
    assert kept == 0
