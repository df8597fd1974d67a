"""Survey campaigns, as readers see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Capture:
    """One dated survey campaign; days are proleptic-Gregorian Julian day numbers, None: open or not known."""

    id: UUID
    subject_id: UUID
    code: str
    method: str
    date_edtf: str
    day_from: int | None
    day_to: int | None
    sensor: str | None
    operators: tuple[str, ...]
    accuracy_m: float | None
    crs: str | None
    control: list[Any] | None
    certainty: int | None
    source_ids: tuple[UUID, ...]
    note: str | None
    created_at: datetime
