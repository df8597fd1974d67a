"""Tables of frames, placements (evidence) and decisions on them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import TSTZRANGE, ExcludeConstraint, Range
from sqlalchemy.orm import Mapped, mapped_column

from storage.db import Base
from storage.ids import new_id

SINCE_NOW = text("tstzrange(clock_timestamp(), NULL)")


class FrameRow(Base):
    """Right-handed, Z up, true metres; free, or east-north-up at a geodetic origin. Immutable."""

    __tablename__ = "frame"
    __table_args__ = (
        CheckConstraint("kind IN ('free','tangent')", name="kind"),
        CheckConstraint("(kind = 'tangent') = (origin_geodetic IS NOT NULL)", name="origin"),
        CheckConstraint("cardinality(origin_geodetic) = 3", name="origin_geodetic"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), unique=True)
    kind: Mapped[str]
    origin_geodetic: Mapped[list[float] | None]
    created_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PlacementRow(Base):
    """Evidence for where a version stands in a frame. Immutable; its state is its last decision's.

    `site_from_scan` is a 4x4 row-major float64 as 16 numbers, metres; `covariance` a 6x6 as 36.
    """

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint("cardinality(site_from_scan) = 16", name="site_from_scan"),
        CheckConstraint("cardinality(covariance) = 36", name="covariance"),
        Index("ix_placement_fixed_version_id", "fixed_version_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("version.id"), index=True)
    frame_id: Mapped[UUID] = mapped_column(ForeignKey("frame.id"), index=True)
    fixed_version_id: Mapped[UUID | None] = mapped_column(ForeignKey("version.id"))
    fixed_placement_id: Mapped[UUID | None] = mapped_column(ForeignKey("placement.id"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("job.id"))
    method: Mapped[str]
    site_from_scan: Mapped[list[float]]
    covariance: Mapped[list[float] | None]
    rms_m: Mapped[float | None]
    overlap: Mapped[float | None]
    evidence: Mapped[dict[str, Any]]
    alternatives: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class PlacementDecisionRow(Base):
    """A decision on a placement, valid while `recorded` lasts; the next one closes it. Append-only.

    `site_from_scan` is what was decided on: the placement's own, or that of an `alternative`.
    """

    __tablename__ = "placement_decision"
    __table_args__ = (
        CheckConstraint("state IN ('accepted','ambiguous','rejected')", name="state"),
        CheckConstraint("(decided_by IS NULL) <> (agent IS NULL)", name="who"),
        CheckConstraint("cardinality(site_from_scan) = 16", name="site_from_scan"),
        ExcludeConstraint(
            ("placement_id", "="), ("recorded", "&&"), name="ex_placement_decision_one_at_a_time"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    placement_id: Mapped[UUID] = mapped_column(ForeignKey("placement.id"), index=True)
    version_id: Mapped[UUID] = mapped_column(ForeignKey("version.id"), index=True)
    state: Mapped[str]
    alternative: Mapped[int | None]
    site_from_scan: Mapped[list[float]]
    reason: Mapped[str]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    agent: Mapped[str | None]
    recorded: Mapped[Range[datetime]] = mapped_column(TSTZRANGE, server_default=SINCE_NOW)
