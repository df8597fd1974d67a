"""Concepts, agents and sources of a record file."""

from collections.abc import Sequence
from typing import Any

from storage.chronology.edtf import span_of
from storage.chronology.errors import UnknownCodeError
from storage.chronology.importing.file import AgentRecord, ConceptRecord, SourceRecord
from storage.chronology.importing.keeping import Keeping
from storage.chronology.tables import AgentRow, ConceptRow, SourceRow
from storage.ids import new_id
from storage.values import require_name


def load_concepts(keeping: Keeping, records: Sequence[ConceptRecord]) -> None:
    """Add concepts, broader ones first."""
    waiting = list(records)
    while waiting:
        ready = [each for each in waiting if each.broader is None or _find(keeping, each, each.broader)]
        if not ready:
            codes = [f"{each.scheme}/{each.broader}" for each in waiting]
            raise UnknownCodeError(
                f"there is no broader concept {', '.join(codes[:20])}",
                hint="broader terms are of the same scheme, and go in no circle",
                codes=codes[:200],
            )
        for each in ready:
            _load_concept(keeping, each)
        done = set(map(id, ready))
        waiting = [each for each in waiting if id(each) not in done]


def _find(keeping: Keeping, concept: ConceptRecord, code: str) -> ConceptRow | None:
    return keeping.concepts.find(concept.scheme, code)


def _load_concept(keeping: Keeping, concept: ConceptRecord) -> None:
    broader = _find(keeping, concept, concept.broader) if concept.broader is not None else None
    if concept.edtf is not None:
        span_of(concept.edtf)
    values: dict[str, Any] = {
        "scheme": concept.scheme,
        "code": concept.code,
        "label": require_name(concept.label.given()),
        "broader_id": broader.id if broader is not None else None,
        "exact_match": list(concept.exact_match),
        "edtf": concept.edtf,
        "value_type": concept.value_type,
        "is_exclusive": concept.exclusive,
    }
    existing = _find(keeping, concept, concept.code)
    if existing is not None and existing.organisation_id == keeping.organisation_id:
        keeping.require_same("concepts", existing, values)
        return
    row = ConceptRow(id=new_id(), organisation_id=keeping.organisation_id, **values)
    keeping.db.add(row)
    keeping.db.flush()
    keeping.concepts.add(row)
    keeping.added("concepts")


def load_agents(keeping: Keeping, records: Sequence[AgentRecord]) -> None:
    """Add agents."""
    for agent in records:
        values = {"code": agent.code, "kind": agent.kind, "name": require_name(agent.name.given())}
        keeping.keep("agents", AgentRow, values)


def load_sources(keeping: Keeping, records: Sequence[SourceRecord]) -> None:
    """Add sources."""
    for source in records:
        keeping.keep("sources", SourceRow, source.model_dump())
