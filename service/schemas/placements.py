"""Placements: evidence, and decisions on it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from service.schemas.common import Answer, Body, ControlPoint, Json, Matrix4, Words

PlacementState = Literal["accepted", "ambiguous", "rejected"]


class PlacementAsk(Body):
    """A registration to be run."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"control": [{"name": "P1", "moving": [1.0, 2.0, 0.5], "fixed": [401.2, 88.1, 12.5]}]},
                {},
            ]
        }
    )

    control: list[ControlPoint] | None = Field(None, max_length=1_000)
    prior: Matrix4 | None = None
    fixed_version_id: UUID | None = None


class DecisionCreate(Body):
    """A person's decision on a placement, or on one of its alternatives."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"state": "accepted", "reason": "checked against three nails"}]}
    )

    state: PlacementState
    reason: Words
    alternative: int | None = Field(None, ge=0, le=1_000)


class DecisionRead(Answer):
    """A decision: a person's, or the rule's own."""

    id: UUID
    state: PlacementState
    reason: str
    decided_by: UUID | None
    agent: str | None
    alternative: int | None
    site_from_scan: list[list[float]]
    at: datetime


class PlacementRead(Answer):
    """Evidence for where a version stands in a frame. `site_from_scan` is 4x4, row-major, metres."""

    id: UUID
    version_id: UUID
    fixed_version_id: UUID | None
    frame_id: UUID
    state: PlacementState
    method: str
    rms_m: float | None
    overlap: float | None
    site_from_scan: list[list[float]]
    covariance: list[list[float]] | None
    evidence: Json
    alternatives: list[Json]
    decisions: list[DecisionRead]
    created_at: datetime
