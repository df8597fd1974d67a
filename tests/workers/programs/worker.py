"""A whole worker process whose room runs a test program: ``worker.py PROGRAM [ARGUMENT]``."""

import sys
from dataclasses import replace
from pathlib import Path

from storage.settings import StorageSettings
from workers import logs
from workers.runtime import processing_room
from workers.settings import WorkerSettings
from workers.worker import run_worker

PROGRAMS = Path(__file__).parent


def main() -> int:
    settings = WorkerSettings()
    logs.configure("INFO")
    program, *arguments = sys.argv[1:]
    room = replace(
        processing_room(settings),
        command=(sys.executable, "-I", "-B", str(PROGRAMS / program), *arguments),
        read_only=(PROGRAMS, *map(Path, arguments)),
    )
    return run_worker(settings, StorageSettings(), room=room)


sys.exit(main())
