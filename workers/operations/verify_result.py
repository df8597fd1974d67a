"""verify-result: does again what a derivative or a placement came from, and says how far the two agree.

Tolerances: bytes of tiles, levels and COPC must be equal; a picture may differ in a thousandth of its pixels
by more than 16 of 255, and by 1 on average; a registration by 1 mm at the farthest corner of the cloud.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage import db as database
from storage.jobs.rechecks import Recorded, recorded_of
from storage.jobs.records import InputFile, Outputs
from storage.versions.queries import one_version
from workers.errors import OutputRefusedError
from workers.operations.comparing import agreement_of_packs, displacement_m
from workers.operations.register_version import register_step
from workers.operations.work import Work, account_of, run_room, run_steps, step
from workers.room.intake import OutputFile, StepResult, open_inside
from workers.room.ranges import RangedInput

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {"preview": {"packed": True}, "tile": {"packed": True}}
TAKES_PARAMETERS = frozenset({"preview", "tile", "lod", "picture"})
PACKED = frozenset({"preview", "tile"})
REGISTRATION_TOLERANCE_M = 0.001
# Of 255; and which share of pixels may differ by more.
PICTURE_MEAN, PICTURE_STEP, PICTURE_SHARE = 1.0, 16, 0.001
INDEX_BYTES = 256 << 20
PIECE_BYTES = 4 << 20


def run(work: Work) -> Outputs:
    """Do it again in the room; the verdict, whichever it is, is a result."""
    with database.transaction(work.runtime.sessions) as db:
        recorded = recorded_of(db, work.claim)
        version = one_version(db, work.claim.version_id) if work.claim.version_id else None
    arguments = work.claim.arguments
    if "placement" in arguments:
        outcome = run_steps(work, [register_step(arguments)])
    else:
        outcome = run_steps(work, [_step_of(recorded.verb, arguments.get("asked") or {})])
    if outcome.result is None:
        raise RuntimeError("a run without failure has a result")
    made = outcome.result.step(recorded.verb)
    if "placement" in arguments:
        found = _registration(recorded, made.result, version.bounds if version else None)
    else:
        found = _files(work, recorded, made)
    return Outputs(results={"verify": found}, account=account_of(outcome))


def _step_of(verb: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The step as it was run the first time; a job asked for before parameters were kept has none."""
    return step(verb, **ARGUMENTS.get(verb, {}), **(asked if verb in TAKES_PARAMETERS else {}))


def _registration(recorded: Recorded, again: Mapping[str, Any], bounds: Any) -> dict[str, Any]:
    first = recorded.result
    moved_m = displacement_m(first["fixed_from_moving"], again["fixed_from_moving"], bounds)
    same_state = first.get("state") == again.get("state")
    agrees = same_state and moved_m <= REGISTRATION_TOLERANCE_M
    return {
        "verdict": "different" if not agrees else "same" if moved_m == 0 else "within-tolerance",
        "figures": {
            "displacement_m": moved_m,
            "tolerance_m": REGISTRATION_TOLERANCE_M,
            "state_recorded": first.get("state"),
            "state_again": again.get("state"),
            "rms_m_recorded": first.get("rms_m"),
            "rms_m_again": again.get("rms_m"),
        },
    }


def _files(work: Work, recorded: Recorded, made: StepResult) -> dict[str, Any]:
    again = {file.path.removeprefix(f"out/{made.id}/"): file for file in made.files}
    digests = {path: _digest(work.folder, file) for path, file in again.items()}
    different = sorted(
        path
        for path in recorded.files.keys() | digests.keys()
        if path not in recorded.files or recorded.files[path][0] != digests.get(path)
    )
    figures: dict[str, Any] = {
        "files": len(recorded.files),
        "files_equal": len(recorded.files.keys() - set(different)),
        "different": different[:20],
    }
    if recorded.verb in PACKED:
        figures |= _tiles(work, recorded, again, is_equal=not different)
        figures["tolerance"] = "the bytes of every tile equal"
    if recorded.verb == "picture" and different == ["picture.webp"] and "picture.webp" in again:
        figures |= _pixels(work, recorded, again["picture.webp"])
        figures["tolerance"] = {"mean": PICTURE_MEAN, "share": PICTURE_SHARE, "step": PICTURE_STEP}
    return {"verdict": _verdict(recorded.verb, different, figures), "figures": figures}


def _verdict(verb: str, different: list[str], figures: Mapping[str, Any]) -> str:
    if not different:
        return "same"
    if verb in PACKED and figures["tiles_equal"] == figures["tiles"]:
        return "within-tolerance"
    mean, share = figures.get("pixel_mean"), figures.get("pixel_share")
    if mean is not None and share is not None and mean <= PICTURE_MEAN and share <= PICTURE_SHARE:
        return "within-tolerance"
    return "different"


def _digest(folder: Path, file: OutputFile) -> str:
    digest = hashlib.sha256()
    with open_inside(folder, file.path) as opened:
        while piece := opened.read(PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _tiles(
    work: Work, recorded: Recorded, again: Mapping[str, OutputFile], *, is_equal: bool
) -> dict[str, Any]:
    """Compare tile by tile: packs may be cut elsewhere, what is in them may not differ."""
    store = work.runtime.store
    first = json.loads(store.get(recorded.files["index.json"][2]))
    if is_equal:
        return {"tiles": len(first["entries"]), "tiles_equal": len(first["entries"])}
    with open_inside(work.folder, again["index.json"].path) as file:
        second = json.loads(file.read(INDEX_BYTES))

    def recorded_bytes(pack: str, offset: int, length: int) -> bytes:
        return store.get_range(recorded.files[pack][2], offset, length)

    def bytes_again(pack: str, offset: int, length: int) -> bytes:
        if pack not in again:
            raise OutputRefusedError(f"the index names {pack}, which is not there")
        with open_inside(work.folder, again[pack].path) as file:
            return os.pread(file.fileno(), length, offset)

    tiles, equal = agreement_of_packs(first, recorded_bytes, second, bytes_again)
    return {"tiles": tiles, "tiles_equal": equal}


def _pixels(work: Work, recorded: Recorded, again: OutputFile) -> dict[str, Any]:
    """Decode both pictures, in the room as all that comes out of it, and compare their pixels."""
    _, size_bytes, key = recorded.files["picture.webp"]
    folder = work.folder / "likeness"
    folder.mkdir()
    with open_inside(work.folder, again.path) as file:
        made = os.dup(file.fileno())
    try:
        inputs = {
            0: RangedInput(
                size=size_bytes, read=lambda offset, length: work.runtime.store.get_range(key, offset, length)
            ),
            1: RangedInput(size=again.bytes, read=lambda offset, length: os.pread(made, length, offset)),
        }
        files = [
            InputFile(path="recorded.webp", object_key=key, size_bytes=size_bytes),
            InputFile(path="again.webp", object_key="", size_bytes=again.bytes),
        ]
        outcome = run_room(work, folder, files, inputs, [step("likeness", step=PICTURE_STEP)])
    finally:
        os.close(made)
    if outcome.result is None:
        raise RuntimeError("a run without failure has a result")
    found = outcome.result.step("likeness").result
    return {"pixel_mean": float(found["mean"]), "pixel_share": float(found["share"])}
