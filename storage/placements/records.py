"""Frames, placements and decisions, as readers see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

Matrix = tuple[tuple[float, ...], ...]
"""4x4 (or 6x6), row-major, float64; lengths in metres."""


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Right-handed, Z up, true metres; `origin_geodetic` is longitude, latitude (degrees), height (m)."""

    id: UUID
    subject_id: UUID
    kind: str
    origin_geodetic: tuple[float, float, float] | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A decision on a placement, by a person or by the rule (`agent`)."""

    id: UUID
    state: str
    alternative: int | None
    site_from_scan: Matrix
    reason: str
    decided_by: UUID | None
    agent: str | None
    decided_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Placement:
    """Evidence for where a version stands in a frame.

    `state` and `site_from_scan` are the last decision's; `alternatives` are other poses the evidence allows,
    each with its `site_from_scan`.
    """

    id: UUID
    version_id: UUID
    frame_id: UUID
    fixed_version_id: UUID | None
    job_id: UUID | None
    method: str
    state: str
    site_from_scan: Matrix
    covariance: Matrix | None
    rms_m: float | None
    overlap: float | None
    evidence: dict[str, Any]
    alternatives: tuple[dict[str, Any], ...]
    created_at: datetime
    decisions: tuple[Decision, ...]
