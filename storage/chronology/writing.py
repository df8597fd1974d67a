"""Put statements into their table; what the database refuses comes back by its name."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.chronology.errors import (
    ExclusiveConflictError,
    InvalidRecordError,
    RecordCodeTakenError,
    StatementSupersededError,
)
from storage.chronology.tables import BASES, SourceRow, StatementRow
from storage.errors import StorageError


def insert_statement(db: Session, values: Mapping[str, Any]) -> StatementRow:
    """Insert one statement; triggers stamp it and close what it supersedes.

    Raises
    ------
    ExclusiveConflictError
        If another exclusive statement says something of the same subject, predicate and days.
    StatementSupersededError, RecordCodeTakenError, InvalidRecordError
        If what it supersedes was superseded already, its code is taken, or its times contradict each other.
    """
    if values["basis"] not in BASES:
        raise InvalidRecordError(f"there is no basis {values['basis']!r}", hint="one of " + ", ".join(BASES))
    try:
        with db.begin_nested():
            row = db.scalars(insert(StatementRow).values(**values).returning(StatementRow)).one()
    except IntegrityError as error:
        raise _known_refusal(error, values) from error
    return row


def _known_refusal(error: IntegrityError, values: Mapping[str, Any]) -> Exception:
    code = values["code"]
    refusals: dict[str, StorageError] = {
        "ex_statement_exclusive": ExclusiveConflictError(
            f"statement {code} contradicts another exclusive one of the same subject and days",
            hint="correct the other one, or leave `exclusive` out so that both stand side by side",
            code=code,
        ),
        "uq_statement_organisation_id_code": RecordCodeTakenError(
            f"the organisation has a statement {code} already", hint="choose another code", code=code
        ),
        "superseded_once": StatementSupersededError(
            "the statement was corrected already", hint="correct the newer one", code=code
        ),
        "superseded_earlier": InvalidRecordError(
            f"statement {code} supersedes one that was not recorded before it", code=code
        ),
        "recorded_in_the_past": InvalidRecordError(
            f"statement {code} was recorded in the future", hint="`recorded` is not later than now", code=code
        ),
    }
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    return refusals.get(str(name), error)


def best_reliability(db: Session, source_ids: list[UUID]) -> int | None:
    """Return the reliability of the most reliable of some sources, None for none."""
    return db.scalar(select(func.max(SourceRow.reliability)).where(SourceRow.id.in_(source_ids)))
