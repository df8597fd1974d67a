"""The application: services, middleware, routes, errors, description."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import anyio.to_thread
from fastapi import FastAPI

from service import openapi, problems
from service.dependencies import Services
from service.disk import DiskWatch
from service.events.board import JobBoard
from service.events.listening import listen
from service.metrics import Metrics
from service.middleware import BodyLimit, ProtectiveHeaders, RequestContext
from service.routes import (
    assets,
    captures,
    cuts,
    derivatives,
    events,
    health,
    history,
    imports,
    jobs,
    organisations,
    pages,
    placements,
    recipes,
    sessions,
    statements,
    subjects,
    tiles,
    uploads,
    versions,
)
from service.settings import Settings
from service.tiles.serving import TileService
from storage.db import Sessions, make_engine, make_sessions, transaction
from storage.jobs.changes import jobs_by_ids
from storage.jobs.records import Job
from storage.objects.opening import open_store
from storage.settings import StorageSettings

ROUTERS = (
    # First, since routes are tried in turn and nothing else is asked for as often.
    tiles.router,
    sessions.router,
    organisations.router,
    subjects.router,
    captures.router,
    assets.router,
    uploads.router,
    versions.router,
    placements.router,
    derivatives.router,
    cuts.router,
    recipes.router,
    jobs.router,
    statements.router,
    events.router,
    history.router,
    imports.router,
    # Further domains under /v1 go here, before pages.
    health.router,
    pages.router,
)


def create_app(settings: Settings) -> FastAPI:
    """Return the app; it connects to its servers when it starts."""
    metrics = Metrics()
    engine = make_engine(settings.database_url, pool_size=settings.api_threads)
    made_sessions = make_sessions(engine)
    store = open_store(_storage_settings(settings))
    board = JobBoard(lambda ids: _load_jobs(made_sessions, ids))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = settings.api_threads
        tasks = [
            asyncio.create_task(board.run()),
            asyncio.create_task(listen(settings.database_url, board.notice)),
        ]
        yield
        board.close()
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        engine.dispose()

    app = FastAPI(
        title="Heritwin",
        version="1",
        description="3D digital twins of heritage: scans in, versions and tiles out.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.services = Services(
        settings=settings,
        sessions=made_sessions,
        store=store,
        tiles=TileService(settings, made_sessions, store, metrics),
        board=board,
        metrics=metrics,
        disk=DiskWatch(settings.watched, settings.free_floor_mib),
    )
    for router in ROUTERS:
        app.include_router(router)
    problems.install(app)
    openapi.install(app)
    app.add_middleware(BodyLimit, limit_bytes=settings.body_limit_bytes)
    app.add_middleware(RequestContext, metrics=metrics, crashed=problems.crashed)
    app.add_middleware(ProtectiveHeaders, settings=settings)
    return app


def _storage_settings(settings: Settings) -> StorageSettings:
    return StorageSettings(
        database_url=settings.database_url,
        s3_endpoint=settings.s3_endpoint,
        s3_public_endpoint=settings.s3_public_endpoint,
        s3_bucket=settings.s3_bucket,
        s3_access_key=settings.s3_access_key,
        s3_secret_key=settings.s3_secret_key,
    )


def _load_jobs(made_sessions: Sessions, ids: Sequence[UUID]) -> Sequence[Job]:
    with transaction(made_sessions) as db:
        return jobs_by_ids(db, ids)
