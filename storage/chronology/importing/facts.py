"""Events, hypotheses, relations and statements of a record file."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from storage.chronology.codes import PREDICATE, require_all
from storage.chronology.edtf import span_of
from storage.chronology.importing.file import (
    EventRecord,
    HypothesisRecord,
    RelationRecord,
    StatementRecord,
)
from storage.chronology.importing.keeping import Keeping
from storage.chronology.tables import (
    AgentRow,
    EventRow,
    EventSubjectRow,
    HypothesisRow,
    RelationRow,
    SourceRow,
    StatementRow,
)
from storage.chronology.writing import insert_statement
from storage.clock import now
from storage.ids import new_id
from storage.values import require_name


def _dated(edtf: str) -> dict[str, Any]:
    span = span_of(edtf)
    return {"edtf": edtf, "day_from": span.day_from, "day_to": span.day_to}


def load_events(keeping: Keeping, records: Sequence[EventRecord]) -> None:
    """Add events."""
    for event in records:
        subjects = keeping.subjects(event.subjects)
        values = {
            "code": event.code,
            "kind_id": keeping.concepts.get("event_type", event.kind).id,
            "title": require_name(event.title.given()),
            **_dated(event.edtf),
            "certainty": event.certainty,
            "source_ids": keeping.ids(SourceRow, event.sources, what="source"),
            "agent_ids": keeping.ids(AgentRow, event.agents, what="agent"),
            "date_as_written": event.date_as_written,
            "note": event.note,
            "conflicts_with": list(event.conflicts_with),
            **keeping.stamp(event.recorded),
        }
        made = keeping.keep("events", EventRow, values)
        if made is not None:
            pairs = [{"event_id": made, "subject_id": subject_id} for subject_id in subjects]
            keeping.db.execute(insert(EventSubjectRow), pairs)


def load_hypotheses(keeping: Keeping, records: Sequence[HypothesisRecord]) -> None:
    """Add hypotheses; what our columns do not hold is kept beside them."""
    for hypothesis in records:
        title = hypothesis.title or hypothesis.name
        values = {
            "code": hypothesis.code,
            "subject_id": keeping.subjects([hypothesis.subject])[0] if hypothesis.subject else None,
            "title": title.given() if title is not None else {"en": hypothesis.code},
            "rationale": hypothesis.rationale,
            "details": dict(hypothesis.model_extra or {}),
        }
        keeping.keep("hypotheses", HypothesisRow, values)


def load_relations(keeping: Keeping, records: Sequence[RelationRecord]) -> None:
    """Add relations; one without a date holds at all times."""
    for relation in records:
        from_id, to_id = (keeping.subjects([path])[0] for path in (relation.from_, relation.to))
        values = {
            "code": relation.code,
            "from_id": from_id,
            "role": relation.role,
            "to_id": to_id,
            **(_dated(relation.edtf) if relation.edtf is not None else {"edtf": None}),
            "certainty": relation.certainty,
            "source_ids": keeping.ids(SourceRow, relation.sources, what="source"),
            "note": relation.note,
            **keeping.stamp(relation.recorded),
        }
        keeping.keep("relations", RelationRow, values)


def load_statements(keeping: Keeping, records: Sequence[StatementRecord]) -> None:
    """Add statements in the order in which they were recorded, corrections first.

    So what is superseded is there and is closed before anything that would contradict it.
    """
    subjects = [each.subject for each in records]
    keeping.subjects(subjects)
    require_all(
        [each.supersedes for each in records if each.supersedes],
        {each.code for each in records} | set(keeping.known(StatementRow)),
        what="statement",
    )
    at = now()
    reliabilities = _reliabilities(keeping)

    def order(each: StatementRecord) -> tuple[datetime, bool]:
        return each.recorded or at, each.supersedes is None

    for each in sorted(records, key=order):
        _load_statement(keeping, each, reliabilities)


def _reliabilities(keeping: Keeping) -> Mapping[UUID, int]:
    query = select(SourceRow.id, SourceRow.reliability).where(
        SourceRow.organisation_id == keeping.organisation_id
    )
    return dict(keeping.db.execute(query).all())


def _load_statement(keeping: Keeping, each: StatementRecord, reliabilities: Mapping[UUID, int]) -> None:
    concepts = keeping.concepts
    concept = concepts.said_with(each.predicate, each.concept, each.scheme) if each.concept else None
    sources = keeping.ids(SourceRow, each.sources, what="source")
    values: dict[str, Any] = {
        "organisation_id": keeping.organisation_id,
        "code": each.code,
        "subject_id": keeping.subjects([each.subject])[0],
        "predicate_id": concepts.get(PREDICATE, each.predicate).id,
        "concept_id": concept.id if concept is not None else None,
        "value": each.value,
        **_dated(each.edtf),
        "began_by": _maybe(keeping, EventRow, each.began_by, "event"),
        "ended_by": _maybe(keeping, EventRow, each.ended_by, "event"),
        "basis": each.basis,
        "certainty": each.certainty,
        "source_ids": sources,
        "best_source": max((reliabilities[key] for key in sources), default=None),
        "hypothesis_id": _maybe(keeping, HypothesisRow, each.hypothesis, "hypothesis"),
        "is_exclusive": each.exclusive,
        "supersedes_id": _maybe(keeping, StatementRow, each.supersedes, "statement"),
        "date_as_written": each.date_as_written,
        "note": each.note,
        **keeping.stamp(each.recorded),
    }
    existing = keeping.known(StatementRow).get(each.code)
    if existing is not None:
        keeping.require_same("statements", keeping.db.get_one(StatementRow, existing), values)
        return
    made = insert_statement(keeping.db, {"id": new_id(), **values})
    keeping.known(StatementRow)[each.code] = made.id
    keeping.added("statements")


def _maybe(keeping: Keeping, table: Any, code: str | None, what: str) -> UUID | None:
    return keeping.ids(table, [code], what=what)[0] if code is not None else None
