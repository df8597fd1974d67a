"""The table of survey campaigns."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Uuid

from storage.db import Base
from storage.ids import new_id


class CaptureRow(Base):
    """One dated survey campaign. `date_edtf` is the truth; the day bounds are for questions (None: open).

    Days are proleptic-Gregorian Julian day numbers.
    """

    __tablename__ = "capture"
    __table_args__ = (
        UniqueConstraint("subject_id", "code"),
        CheckConstraint("accuracy_m > 0", name="accuracy_m"),
        CheckConstraint("day_from <= day_to", name="days"),
        CheckConstraint("certainty BETWEEN 0 AND 5", name="certainty"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    subject_id: Mapped[UUID] = mapped_column(ForeignKey("subject.id"), index=True)
    code: Mapped[str]
    method: Mapped[str]
    date_edtf: Mapped[str]
    day_from: Mapped[int | None]
    day_to: Mapped[int | None]
    sensor: Mapped[str | None]
    operators: Mapped[list[str]]
    accuracy_m: Mapped[float | None]
    crs: Mapped[str | None]
    control: Mapped[list[Any] | None]
    certainty: Mapped[int | None] = mapped_column(SmallInteger)
    source_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid), default=list, server_default=text("'{}'"))
    note: Mapped[str | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
