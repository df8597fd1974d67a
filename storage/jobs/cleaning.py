"""What comes out of a room is as hostile as what went in: make it fit for the database, or refuse it.

PostgreSQL's `jsonb` knows neither NaN nor the character NUL; a stranger's file may bring both.
"""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from storage.jobs.errors import OutputRefusedError

DEEPEST = 32


def clean_results(results: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return results by step, fit to be stored; OutputRefusedError for numbers that are not finite."""
    return {step: dict(_clean(result, step, DEEPEST)) for step, result in results.items()}


def clean_text(text: str) -> str:
    """Return a text without NUL."""
    return text.replace("\x00", "\ufffd")


def _clean(value: Any, where: str, depth: int) -> Any:
    if depth == 0:
        raise OutputRefusedError(f"{where}: nested deeper than {DEEPEST}")
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float) and not isfinite(value):
        raise OutputRefusedError(f"{where}: {value} is no finite number")
    if isinstance(value, Mapping):
        return {
            clean_text(str(key)): _clean(each, f"{where}.{key}", depth - 1) for key, each in value.items()
        }
    if isinstance(value, Sequence):
        return [_clean(each, f"{where}[{i}]", depth - 1) for i, each in enumerate(value)]
    return value
