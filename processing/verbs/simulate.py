"""``simulate``: write a made-up survey whose truth is known."""

from pathlib import Path
from typing import Any

from processing.errors import KnownError
from processing.progress import Progress
from processing.room.inputs import Inputs
from processing.simulation.subjects import cases
from processing.simulation.survey import simulate

# Memory does not grow with the points: the disk is the limit (a point takes 16 to 36 bytes).
MIN_POINTS, MAX_POINTS = 1_000, 10_000_000_000
MIN_TRIANGLES, MAX_TRIANGLES = 2_000, 5_000_000
DEFAULT_POINTS, DEFAULT_TRIANGLES = 2_500_000, 600_000


def run(inputs: Inputs, arguments: dict[str, Any], out: Path, progress: Progress) -> dict[str, Any]:
    """Simulate into ``out``: ``plan.json``, ``uploads/<case>/…`` and, apart from them, ``truth/truth.json``.

    Arguments: ``seed``; ``points`` and ``triangles`` over all cases; ``case``, a comma-separated choice.
    """
    if len(inputs):
        raise KnownError("invalid-arguments", f"simulate reads no files, got {len(inputs)}")
    seed = _whole(arguments, "seed", None, 0, 2**32 - 1)
    points = _whole(arguments, "points", DEFAULT_POINTS, MIN_POINTS, MAX_POINTS)
    triangles = _whole(arguments, "triangles", DEFAULT_TRIANGLES, MIN_TRIANGLES, MAX_TRIANGLES)
    only = _chosen(arguments.get("case"))
    made = simulate(out, seed=seed, points=points, triangles=triangles, only=only, progress=progress)
    return {
        "plan": "plan.json",
        "truth": "truth/truth.json",
        "cases": [one.case.code for one in made],
        "points": sum(one.points for one in made),
        "triangles": sum(one.triangles for one in made),
    }


def _whole(arguments: dict[str, Any], name: str, default: int | None, low: int, high: int) -> int:
    value = arguments.get(name, default)
    if not isinstance(value, int) or not low <= value <= high:
        raise KnownError(
            "invalid-arguments", f"{name} is {value!r}, needs a whole number from {low} to {high}"
        )
    return value


def _chosen(text: object) -> list[str] | None:
    if text is None:
        return None
    known = [case.code for case in cases()]
    chosen = [part.strip() for part in str(text).split(",") if part.strip()]
    strange = [code for code in chosen if code not in known]
    if strange or not chosen:
        raise KnownError(
            "invalid-arguments", f"no case {', '.join(strange) or text!r}", f"one of: {', '.join(known)}"
        )
    return chosen
