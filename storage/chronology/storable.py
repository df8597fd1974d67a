"""JSON from strangers that a database can hold: shallow enough, finite, and no text PostgreSQL refuses."""

import math
from typing import Any

from storage.chronology.errors import InvalidRecordError

DEEPEST = 16
_LARGEST = 2**63


def require_storable(value: Any, *, where: str, depth: int = 0) -> None:
    """Raise InvalidRecordError unless `value` can be kept as JSON; `where` names it."""
    if depth > DEEPEST:
        raise InvalidRecordError(f"{where} is nested deeper than {DEEPEST}")
    if isinstance(value, dict):
        for key, each in value.items():
            _require_text(key, where)
            require_storable(each, where=where, depth=depth + 1)
    elif isinstance(value, list | tuple):
        for each in value:
            require_storable(each, where=where, depth=depth + 1)
    elif isinstance(value, str):
        _require_text(value, where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise InvalidRecordError(f"{where} holds a number that is not finite")
    elif isinstance(value, int) and abs(value) >= _LARGEST:
        raise InvalidRecordError(f"{where} holds the number {value:.3e}, which is too large")


def _require_text(text: str, where: str) -> None:
    if "\x00" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidRecordError(f"{where} holds a character that cannot be kept")
