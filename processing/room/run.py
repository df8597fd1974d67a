"""Runs steps, measures them, and says what became of them: the envelope of schema 1."""

from __future__ import annotations

import json
import math
import os
import resource
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.progress import Progress
from processing.room.inputs import Input, Inputs
from processing.room.sources import FileSource, RangeChannel, RangedSource
from processing.verbs import verb

SCHEMA = 1
COPIES = ".inputs"
SCRATCH = ".scratch"
EXIT_OK = 0
EXIT_USAGE = 2
EXIT_KNOWN = 65


def measured_step(
    name: str, inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress
) -> dict[str, Any]:
    """Run one verb and answer its result with files, seconds and peak memory."""
    _reset_peak()
    started_s = time.monotonic()
    out.mkdir(parents=True, exist_ok=True)
    result = storable(verb(name)(inputs, arguments, out, progress))
    progress.close()
    files = [_described(out, file) for file in result.pop("files", [])]
    seconds = round(time.monotonic() - started_s, 3)
    return {"verb": name, "seconds": seconds, "peak_mib": peak_mib(), "result": result, "files": files}


def known(error: BaseException) -> KnownError:
    """Name any failure; what nobody foresaw is ``internal``, with its traceback on stderr."""
    if isinstance(error, KnownError):
        return error
    if isinstance(error, MemoryError):
        return KnownError("memory-limit", "memory ran out", "give the room more memory, or split the file")
    if isinstance(error, RecursionError):
        return KnownError("too-deep", "the file is nested too deeply")
    if isinstance(error, OSError) and error.errno in (27, 28, 122):  # EFBIG, ENOSPC, EDQUOT
        return KnownError("disk-limit", f"no room left to write: {error.strerror}", "free disk space")
    traceback.print_exception(error, file=sys.stderr)
    if type(error).__name__ == "PanicException":  # pyo3: a Rust library gave up
        return KnownError("parser-crash", f"the reader gave up: {error}", "the file is probably damaged")
    return KnownError("internal", f"{type(error).__name__}: {error}")


def run_request(path: Path) -> tuple[int, dict[str, Any]]:
    """Run the steps of a REQUEST.json in its folder and write ``result.json`` beside it."""
    started_s = time.monotonic()
    progress = Progress()
    envelope: dict[str, Any] = {"schema": SCHEMA, "ok": False, "steps": [], "error": None}
    step_id: str | None = None
    try:
        request = _read_request(path)
        inputs = _inputs(request, path.parent)
        for step in request["steps"]:
            step_id = step["id"]
            out = path.parent / "out" / step["id"]
            with _scratch(path.parent / SCRATCH):
                done = measured_step(step["verb"], inputs, step.get("arguments") or {}, out, progress)
            done["files"] = [file | {"path": f"out/{step_id}/{file['path']}"} for file in done["files"]]
            envelope["steps"].append({"id": step_id} | done)
            if step is not request["steps"][-1]:
                # Somebody may be waiting for this step: what there is so far can be read from here on.
                _write_result(path.parent, envelope)
                sys.stderr.write(json.dumps({"finished": step_id}) + "\n")
                sys.stderr.flush()
        envelope["ok"] = True
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  # the edge of this process
        progress.close()
        envelope["error"] = {"step": step_id} | storable(known(error).as_json())
    shutil.rmtree(path.parent / COPIES, ignore_errors=True)
    envelope["seconds"] = round(time.monotonic() - started_s, 3)
    envelope["peak_mib"] = max([step["peak_mib"] for step in envelope["steps"]] + [peak_mib()])
    _write_result(path.parent, envelope)
    return (EXIT_OK if envelope["ok"] else EXIT_KNOWN), envelope


@contextmanager
def _scratch(folder: Path) -> Iterator[None]:
    """Let temporary files be made in a folder of the job, for a while.

    The room's /tmp is memory, half a gigabyte of it; what is as large as the file needs a disk.
    """
    folder.mkdir(exist_ok=True)
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        shutil.rmtree(folder, ignore_errors=True)


def _write_result(folder: Path, envelope: dict[str, Any]) -> None:
    write_atomically(folder / "result.json", json.dumps(envelope, allow_nan=False).encode())


def _read_request(path: Path) -> dict[str, Any]:
    try:
        request = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KnownError("invalid-arguments", f"{path.name} cannot be read: {error}") from error
    if not isinstance(request, dict) or request.get("schema") != SCHEMA:
        raise KnownError("invalid-arguments", f"{path.name} is not a request of schema {SCHEMA}")
    for step in request.get("steps") or []:
        if not step.get("id", "").replace("-", "").replace("_", "").isalnum():
            raise KnownError("invalid-arguments", f"step id {step.get('id')!r} is not a plain name")
    if not request.get("steps"):
        raise KnownError("invalid-arguments", f"{path.name} has no steps")
    return request


def _inputs(request: dict[str, Any], folder: Path) -> Inputs:
    descriptor = request.get("range_fd")
    channel = RangeChannel.inherited(descriptor) if descriptor is not None else None
    items = []
    for entry in request.get("inputs") or []:
        name = entry["path"].rsplit("/", 1)[-1]
        if entry.get("local") is not None:
            local = (folder / entry["local"]).resolve()
            if not local.is_relative_to(folder.resolve()):
                raise KnownError("invalid-arguments", f"input {entry['local']!r} is outside the job folder")
            source: FileSource | RangedSource = FileSource(local)
            source.name = name
        elif channel is not None:
            source = RangedSource(channel, entry["number"], name, entry["size"])
            source.copy_folder = folder / COPIES
        else:
            raise KnownError("invalid-arguments", f"input {entry['path']!r} is ranged, but range_fd is null")
        items.append(
            Input(number=entry["number"], path=entry["path"], source=source, group=entry.get("group"))
        )
    return Inputs(tuple(items))


def storable(answer: Any) -> Any:
    """Answer what JSON and PostgreSQL hold: no NaN, no infinity, no zero character, no lone surrogate.

    Names and numbers of a stranger's file stand in results; none of them may make a good result worthless.
    """
    if isinstance(answer, dict):
        return {storable(key): storable(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [storable(value) for value in answer]
    if isinstance(answer, str):
        return answer.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")
    if isinstance(answer, float):
        return answer if math.isfinite(answer) else None
    return answer


def _described(out: Path, file: dict[str, Any]) -> dict[str, Any]:
    return {
        "path": file["path"],
        "role": file["role"],
        "media_type": file["media_type"],
        "bytes": (out / file["path"]).stat().st_size,
    }


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all."""
    temporary = path.with_name(path.name + ".part")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _reset_peak() -> None:
    """Start the kernel's high-water mark of this process anew (proc(5), clear_refs = 5)."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return


def peak_mib() -> float:
    """Answer the highest resident memory since the last reset, in MiB."""
    try:
        status = Path("/proc/self/status").read_text()
        kib = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(kib / 1024, 1)
