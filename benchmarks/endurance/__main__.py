"""SIGKILL at random during uploads and jobs, and nothing lost: `python -m benchmarks.endurance --cycles N`.

Each cycle kills one of API, worker, worker's child, dispatcher, Valkey, PostgreSQL, SeaweedFS and Caddy, in
an order drawn from the seed, at a moment when a job runs or a part is being sent. What the server
acknowledged is in journals that the sending processes keep; at the end every acknowledged byte is read back
and hashed, and a backup is restored into an empty folder, where every row and object is compared.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.endurance.house import LEASE_S, Json, house
from benchmarks.endurance.judging import drain, duplicates_of, lost_of, restored
from benchmarks.endurance.killing import COMPONENTS, Kill, kill_one
from benchmarks.measure import record, surroundings

LEAST_HITS = 0.8
MORE_THAN_LEASE_S = 5.0


def order(cycles: int, chance: random.Random) -> list[str]:
    """Which component is killed when: each as often as the others, shuffled round by round."""
    chosen: list[str] = []
    while len(chosen) < cycles:
        chosen += chance.sample(COMPONENTS, len(COMPONENTS))
    return chosen[:cycles]


def p95(values: list[float]) -> float | None:
    """The value that 95 of 100 do not exceed (nearest rank)."""
    return round(sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)], 2) if values else None


def run(root: Path, cycles: int, seed: int) -> Json:
    """All cycles, then the judgement."""
    chance = random.Random(seed)
    kills: list[Kill] = []
    with house(root) as made:
        made.send_surveyors()
        for number, component in enumerate(order(cycles, chance), 1):
            kill = kill_one(made, component, chance)
            kills.append(kill)
            hit = f"{kill.jobs_hit} jobs, {kill.parts_hit} parts"
            print(
                f"{number}/{cycles} {component}: {hit}, goes on {kill.recovery_s}, back {kill.back_s}",
                flush=True,
            )
        bad = made.call_surveyors_home()
        ended = drain(made)
        journal = made.journal()
        lost = lost_of(made, journal)
        duplicates = duplicates_of(made, journal)
        again = restored(made)
    for line in [*lost, *(line for line in journal if line["what"] in ("refused", "given up"))]:
        print(line, file=sys.stderr)
    counted = Counter(line["what"] for line in journal)
    hits = [kill for kill in kills if kill.jobs_hit or kill.parts_hit]
    return {
        "benchmark": "endurance",
        "cycles": len(kills),
        "seed": seed,
        "acknowledged_lost": len(lost),
        "duplicates": sum(duplicates.values()),
        "stuck": ended["stuck"] + bad,
        "recovery_p95_s": p95([kill.recovery_s for kill in kills if kill.recovery_s is not None]),
        "back_p95_s": p95([kill.back_s for kill in kills if kill.back_s is not None]),
        "lease_s": LEASE_S,
        "hits_in_flight": round(len(hits) / max(1, len(kills)), 3),
        "kills": dict(Counter(kill.component for kill in kills)),
        "hits": dict(Counter(kill.component for kill in hits)),
        "retried": ended["retried"],
        "failed_kinds": ended["failed_kinds"],
        "acknowledged_uploads": counted["completed"],
        "acknowledged_parts": counted["part"],
        "broken_parts": counted["broken"],
        "acknowledged_bytes": sum(line["bytes"] for line in journal if line["what"] == "completed"),
        **again,
    }


# Figure, target and label, for benchmarks.report.
TARGETS = (
    ("cycles", "20; 1,000 once", "kills"),
    ("hits_in_flight", "≥ 0.80", "share that hit a part in flight or a running job"),
    ("acknowledged_lost", "0", "acknowledged bytes, parts or jobs that were lost"),
    ("duplicates", "0", "things done twice"),
    ("stuck", "0", "jobs or uploads that never ended"),
    ("recovery_p95_s", "≤ lease + 5", "95 % went on within, seconds"),
    ("lease_s", "", "lease, seconds"),
    ("restore_equal", "yes", "a backup restored into an empty folder: every row and hash"),
)


def holds(result: Json) -> bool:
    """Whether it is as promised."""
    none = ("acknowledged_lost", "duplicates", "stuck")
    return (
        all(result[name] == 0 for name in none)
        and result["hits_in_flight"] >= LEAST_HITS
        and (result["recovery_p95_s"] or 0) <= LEASE_S + MORE_THAN_LEASE_S
        and result["restore_equal"]
    )


def main() -> int:
    """Run, print one JSON line last, exit 1 unless it is as promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cycles", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="keep the result under benchmarks/results")
    parser.add_argument("--keep", type=Path, help="use this new folder, and leave it")
    asked = parser.parse_args()
    began = time.monotonic()
    around = surroundings(("psycopg", "celery", "obstore"))
    if asked.keep is not None:
        asked.keep.mkdir(parents=True)
        asked.keep.chmod(0o711)
        result = run(asked.keep.absolute(), asked.cycles, asked.seed)
    else:
        with tempfile.TemporaryDirectory(prefix="heritwin-endurance-") as folder:
            Path(folder).chmod(0o711)
            result = run(Path(folder), asked.cycles, asked.seed)
    result = {**result, "seconds": round(time.monotonic() - began, 1), "ok": holds(result), **around}
    if asked.record:
        record(f"endurance-{result['cycles']}", result)
    print(json.dumps(result))
    return 0 if holds(result) else 1


if __name__ == "__main__":
    sys.exit(main())
