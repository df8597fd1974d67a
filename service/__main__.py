"""`python -m service`: the API process."""

from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from service import logs
from service.app import create_app
from service.settings import read_settings

log = structlog.get_logger()


class Server(uvicorn.Server):
    """A server that ends its open event streams first, so that it can stop in time."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take note of the signal, and let those who only listen go."""
        super().handle_exit(sig, frame)
        self._app.state.services.board.close()


def main() -> None:
    """Serve until told to stop."""
    settings = read_settings()
    logs.configure(settings.log_level)
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.api_host,
        port=settings.api_port,
        access_log=False,
        log_config=None,
        server_header=False,
        # Behind our own proxy on the same machine or network; addresses are not used for any decision.
        proxy_headers=False,
        timeout_graceful_shutdown=settings.graceful_shutdown_s,
    )
    log.info("api.started", host=settings.api_host, port=settings.api_port)
    Server(config, app).run()
    log.info("api.stopped")


if __name__ == "__main__":
    main()
