"""Hostile files through the API of a whole stack: does anything die, leak, hang, or fail without a reason?

``python -m benchmarks.hostile ../shared/data/bad --record``. Every file of the folder, files of every format
broken by seed (printed), valid odd ones, and ones that refer to a secret of this machine are sent as people
send them; the jobs of each are followed to their ends. The last line is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.flaky import store_of
from benchmarks.hostile_files import Case, floats_of, generated, given, looking_outside, valid_odd
from benchmarks.hostile_leaks import bare, stored, taken_over
from benchmarks.measure import record, surroundings
from heritwin import Api, jobs
from heritwin.errors import ApiError, ClientError
from heritwin.settings import Settings
from heritwin.uploads.transfer import UploadOptions, upload
from processing.errors import KINDS
from service.statuses import STATUS
from stack.components.ports import free_port
from stack.started import Started, stack_on

# Documented kinds: a job's, or that of a promise the API did not take. `internal` is a defect.
KNOWN = KINDS - {"internal"} | {
    str(vars(error).get("kind")) for error, status in STATUS.items() if status < 500
}
AT_ONCE = 4
PATIENCE_S = 300
# Figure, target and label, for benchmarks.report.
TARGETS = (
    ("files", "", "files sent through the API"),
    ("server_deaths", "0", "servers that died or were started again"),
    (
        "outside_bytes",
        "0",
        "bytes of a planted secret in answers, in the store or in a taken-over child",
    ),
    ("control_leaked_bytes", "> 0", "the same secret through bare Open3D without a sandbox"),
    ("without_kind", "0", "refusals without a kind from the list"),
    ("kinds_seen", "≥ 12", "kinds of refusal seen"),
    ("commonest_kind_share", "≤ 0.40", "share of the commonest kind"),
    ("valid_refused", "0", "odd but valid files that were refused"),
    ("slowest_s", "≤ 30", "slowest file, seconds"),
    ("peak_mib", "≤ 2,048", "peak memory of a room, MiB"),
)


@dataclass(kw_only=True)
class Seen:
    """What became of one case."""

    case: Case
    kind: str
    text: str = ""
    slowest_s: float = 0.0
    peak_mib: float = 0.0
    warnings: int = 0
    answers: list[str] = field(default_factory=list)


class Sender:
    """Sends cases, each to an asset of its own, over a connection of the thread's own."""

    def __init__(self, stack: Started, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self._mine = threading.local()
        self._organisation = self._api().get("/v1/me")["organisations"][0]["id"]
        self._done = 0

    def __call__(self, case: Case) -> Seen:
        """Send one, wait for its jobs, and read all that is said of it."""
        api = self._api()
        code = f"h{secrets.token_hex(8)}"
        subject = {"organisation_id": self._organisation, "kind": "site", "code": code, "name": {"en": code}}
        folder = self._folder / code
        folder.mkdir()
        paths = []
        for name, data in case.files:
            path = folder / name
            path.write_bytes(data)
            paths.append(path)
        try:
            subject_id = api.post("/v1/subjects", subject)["id"]
            asset = {"kind": case.kind, "name": "a"}
            asset_id = api.post(f"/v1/subjects/{subject_id}/assets", asset)["id"]
            done = upload(api, asset_id, paths, UploadOptions(early=False))
        except ApiError as error:
            if error.status >= 500:
                print((self._stack.folder.logs / "api.log").read_text()[-4000:], file=sys.stderr)
            return Seen(case=case, kind=error.kind, text=str(error))
        except ClientError as error:
            return Seen(case=case, kind="refused-by-client", text=str(error))
        ended = jobs.wait(api, done["version"]["id"], patience_s=PATIENCE_S)
        return self._seen(api, case, done["version"]["id"], ended)

    def _seen(self, api: Api, case: Case, version_id: str, ended: Sequence[dict[str, Any]]) -> Seen:
        whole = [api.get(f"/v1/jobs/{job['id']}") for job in ended]
        version = api.get(f"/v1/versions/{version_id}")
        tries = [attempt for job in whole for attempt in job["attempts"]]
        # What failed first is the reason; what waited for it is not.
        failed = [job for job in whole if job["state"] == "failed" and job["attempts"]]
        error = (failed[0]["error"] or {}) if failed else {}
        self._done += 1
        kind = str(error.get("kind") or "without") if failed else "accepted"
        print(f"{self._done} {case.name}: {kind}", file=sys.stderr, flush=True)
        return Seen(
            case=case,
            kind=kind,
            text=str(error.get("message") or ""),
            slowest_s=max((attempt["seconds"] or 0.0 for attempt in tries), default=0.0),
            peak_mib=max((attempt["peak_mib"] or 0.0 for attempt in tries), default=0.0),
            warnings=len(version.get("warnings") or []),
            answers=[json.dumps(whole), json.dumps(version)],
        )

    def _api(self) -> Api:
        if not hasattr(self._mine, "api"):
            self._mine.api = Api(Settings(server=self._stack.address, key=self._stack.admin_key))
        made: Api = self._mine.api
        return made


def main(argv: list[str] | None = None) -> int:
    """Send them all, and print one JSON line."""
    asked = _parser().parse_args(argv)
    around = surroundings(("numpy", "laspy", "lazrs", "pye57", "open3d-cpu", "DracoPy"))
    asked.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hostile-", dir=asked.folder) as temporary:
        folder = Path(temporary).resolve()
        folder.chmod(0o755)
        os.environ["HERITWIN_HOME"] = str(folder / "home")
        result = _measured(asked, folder)
    result = {"benchmark": "hostile", "seed": asked.seed} | result | around
    if asked.record:
        record("hostile", result)
    print(json.dumps(result))
    return 0


def _measured(asked: argparse.Namespace, folder: Path) -> dict[str, Any]:
    token = f"Secret{secrets.token_hex(9)}".encode()
    secret, sent = folder / "secret.bin", folder / "sent"
    secret.write_bytes(floats_of(token))
    secret.chmod(0o644)
    sent.mkdir()
    outside = looking_outside(secret, sent)
    cases = [
        *(given(asked.files) if asked.files else ()),
        *generated(asked.seed, asked.per_format),
        *valid_odd(),
        *outside,
    ]
    print(f"seed {asked.seed}: {len(cases)} files", file=sys.stderr, flush=True)
    # The control first: were there nothing to leak, nothing leaked would say nothing.
    control = bare(outside, sent, token)
    child = taken_over(secret, token, folder / "room")
    started_s = time.monotonic()
    with stack_on(folder / "data", ["--port", str(free_port()), "--workers", str(asked.workers)]) as stack:
        before = _processes(stack)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            seen = list(pool.map(Sender(stack, sent), cases))
        deaths = sum(after != before[name] for name, after in _processes(stack).items())
        objects, in_objects = stored(store_of(stack), token)
    in_answers = sum(len(token) * text.encode().count(token) for one in seen for text in one.answers)
    return _figures(cases, seen) | {
        "server_deaths": deaths,
        "outside_bytes": in_objects + in_answers + child["outside_bytes"],
        "control_leaked_bytes": control,
        "objects_read": objects,
        "taken_over": child,
        "total_s": round(time.monotonic() - started_s, 1),
    }


def _processes(stack: Started) -> dict[str, tuple[int | None, int]]:
    """Every program of the stack: its pid, and how often it was started again."""
    return {program.name: (program.pid, program.restarts) for program in stack.state.programs}


def _figures(cases: Sequence[Case], seen: Sequence[Seen]) -> dict[str, Any]:
    kinds = Counter(one.kind for one in seen if one.kind != "accepted")
    refused = max(1, sum(kinds.values()))
    broken = [case for case in cases if case.name.endswith(tuple("0123456789")) and not case.is_valid]
    strange = [one for one in seen if one.kind not in KNOWN and one.kind != "accepted"]
    seconds = [one.slowest_s for one in seen]
    return {
        "files": len(cases),
        "generated": len(broken),
        "past_magic": sum(case.is_past_magic for case in broken),
        "accepted": sum(one.kind == "accepted" for one in seen),
        "without_kind": len(strange),
        "strange": [f"{one.case.name}: {one.kind}: {one.text}"[:200] for one in strange],
        "kinds_seen": len(kinds),
        "commonest_kind_share": round(max(kinds.values(), default=0) / refused, 3),
        "kinds": dict(kinds.most_common()),
        "valid_refused": sum(one.kind != "accepted" for one in seen if one.case.is_valid),
        "valid_warnings": {one.case.name: one.warnings for one in seen if one.case.is_valid},
        "outside_accepted": [
            one.case.name for one in seen if one.case.looks_outside and one.kind == "accepted"
        ],
        "slowest_s": max(seconds),
        "median_s": round(statistics.median(seconds), 2),
        "slowest": max(seen, key=lambda one: one.slowest_s).case.name,
        "peak_mib": max(one.peak_mib for one in seen),
        "largest": max(seen, key=lambda one: one.peak_mib).case.name,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument(
        "files", nargs="?", type=Path, help="folder of files to send besides (../shared/data/bad)"
    )
    parser.add_argument("--per-format", type=int, default=26, help="generated files of each format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, default=Path("var") / "benchmarks")
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    return parser


if __name__ == "__main__":
    sys.exit(main())
