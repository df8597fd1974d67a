"""The API under test: the real app in a real uvicorn, on a free port of this process."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from service.app import create_app
from service.settings import Settings


class Api:
    """A running API."""

    def __init__(self, app: FastAPI, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self.url = settings.public_url


@contextmanager
def serving(environment: Mapping[str, str], static_dir: Path, **changes: object) -> Iterator[Api]:
    """Serve until the block ends; the public address is the server's own."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    given = {name.removeprefix("HERITWIN_").lower(): value for name, value in environment.items()} | {
        "public_url": url,
        "static_dir": static_dir,
        **changes,
    }
    known = {name: value for name, value in given.items() if name in Settings.model_fields}
    settings = Settings.model_validate(known)
    app = create_app(settings)
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    started = threading.Event()

    async def serve() -> None:
        task = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started and not task.done():
            await asyncio.sleep(0.01)
        started.set()
        await task

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    started.wait(timeout=20)
    try:
        yield Api(app, settings)
    finally:
        app.state.services.board.close()
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
