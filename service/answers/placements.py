"""Placements as answers: matrices are lists of rows."""

from collections.abc import Sequence

from service.schemas.placements import DecisionRead, PlacementRead
from service.schemas.versions import PlacementBrief
from storage.placements.records import Decision, Placement


def placement_brief(placement: Placement) -> PlacementBrief:
    """Return where a version stands, in short."""
    return PlacementBrief.model_validate(
        {
            "id": placement.id,
            "state": placement.state,
            "method": placement.method,
            "rms_m": placement.rms_m,
            "site_from_scan": rows(placement.site_from_scan),
        }
    )


def placement_read(placement: Placement) -> PlacementRead:
    """Return a placement with its evidence and decisions."""
    return PlacementRead.model_validate(
        {
            "id": placement.id,
            "version_id": placement.version_id,
            "fixed_version_id": placement.fixed_version_id,
            "frame_id": placement.frame_id,
            "state": placement.state,
            "method": placement.method,
            "rms_m": placement.rms_m,
            "overlap": placement.overlap,
            "site_from_scan": rows(placement.site_from_scan),
            "covariance": rows(placement.covariance) if placement.covariance is not None else None,
            "evidence": placement.evidence,
            "alternatives": list(placement.alternatives),
            "decisions": [_decision(item) for item in placement.decisions],
            "created_at": placement.created_at,
        }
    )


def _decision(decision: Decision) -> DecisionRead:
    return DecisionRead.model_validate(
        {
            "id": decision.id,
            "state": decision.state,
            "reason": decision.reason,
            "decided_by": decision.decided_by,
            "agent": decision.agent,
            "alternative": decision.alternative,
            "site_from_scan": rows(decision.site_from_scan),
            "at": decision.decided_at,
        }
    )


def rows(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    """Return a matrix as JSON writes it, row by row."""
    return [list(row) for row in matrix]
