"""``python -m workers dispatcher`` and ``python -m workers worker``."""

from __future__ import annotations

import argparse
import sys

from storage.settings import StorageSettings
from workers import logs
from workers.dispatcher import run_dispatcher
from workers.settings import WorkerSettings
from workers.worker import run_worker


def main() -> int:
    """Run one of the two processes until it is told to stop."""
    parser = argparse.ArgumentParser(
        prog="python -m workers", description="Heritwin's dispatcher and workers."
    )
    parser.add_argument("process", choices=["dispatcher", "worker"])
    process = parser.parse_args().process
    settings = WorkerSettings()  # type: ignore[call-arg]  # filled from the environment
    storage = StorageSettings()  # type: ignore[call-arg]  # filled from the environment
    logs.configure(settings.log_level)
    if process == "dispatcher":
        return run_dispatcher(settings, storage)
    return run_worker(settings, storage)


if __name__ == "__main__":
    sys.exit(main())
