"""Statements, events, relations, concepts, timelines."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from service.schemas.common import Answer, Body, Edtf, Name, Words

T = TypeVar("T")

Basis = Literal["observed", "measured", "source", "comparison", "inference", "conjecture"]
Certainty = Annotated[int, Field(ge=0, le=5)]
RecordCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,199}$")]
_EDTF = r"^[0-9A-Za-z?~%./:\[\]{},+-]+$"
_CODE = r"^[A-Za-z0-9_][A-Za-z0-9_.~-]*$"

AsOf = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        pattern=_EDTF,
        description="EDTF: what shares a day with it.",
        examples=["1833"],
    ),
]
KnownAt = Annotated[
    AwareDatetime | None,
    Query(description="As known at this moment; now if left out. The answer says the moment used."),
]
CodeQuery = Annotated[str | None, Query(min_length=1, max_length=200, pattern=_CODE)]
HypothesisQuery = Annotated[
    str,
    Query(
        min_length=1,
        max_length=200,
        pattern=_CODE,
        description="`none`: no hypothesis' statements; a code: only that one's; `any`: all.",
    ),
]


class AnsweredPage(Answer, Generic[T]):
    """One page of a list, and the moment as of whose knowledge it answers."""

    items: list[T]
    known_at: datetime
    next: str | None = None


class SubjectLabelRead(Answer):
    """A subject's name and place as known then; null where nothing was known."""

    id: UUID
    path: str | None
    name: Name | None


class ConceptLabelRead(Answer):
    """A term."""

    scheme: str
    code: str
    label: dict[str, str]


class ConceptRead(ConceptLabelRead):
    """A term of a vocabulary; of no organisation: the house's own."""

    id: UUID
    organisation_id: UUID | None
    broader: str | None
    exact_match: list[str]
    edtf: str | None
    value_type: str | None
    is_exclusive: bool


class SourceRead(Answer):
    """A citation; reliability 1 (least) to 5."""

    code: str
    kind: str
    citation: str
    reliability: int
    url: str | None


class AgentRead(Answer):
    """Who did something."""

    code: str
    kind: str
    name: dict[str, str]


class StatementRead(Answer):
    """One fact: true over `edtf` (Julian day numbers, null open), held by us since `recorded_from`."""

    id: UUID
    code: str
    subject: SubjectLabelRead
    predicate: ConceptLabelRead
    concept: ConceptLabelRead | None
    value: dict[str, Any]
    edtf: str
    day_from: int | None
    day_to: int | None
    recorded_from: datetime
    recorded_to: datetime | None
    basis: Basis
    certainty: int
    sources: list[SourceRead]
    hypothesis: str | None
    is_exclusive: bool
    supersedes: str | None
    began_by: str | None
    ended_by: str | None
    date_as_written: str | None
    note: str | None


class EventRead(Answer):
    """Something that happened."""

    id: UUID
    code: str
    kind: ConceptLabelRead
    title: Name
    edtf: str
    day_from: int | None
    day_to: int | None
    certainty: int
    subjects: list[SubjectLabelRead]
    sources: list[SourceRead]
    agents: list[AgentRead]
    date_as_written: str | None
    note: str | None
    conflicts_with: list[str]
    recorded_from: datetime


class RelationRead(Answer):
    """What one subject is to another."""

    id: UUID
    code: str
    from_subject: SubjectLabelRead
    role: str
    to_subject: SubjectLabelRead
    edtf: str | None
    day_from: int | None
    day_to: int | None
    certainty: int
    sources: list[SourceRead]
    note: str | None
    recorded_from: datetime


class PartRead(Answer):
    """A subject below another, `depth` levels down."""

    subject: SubjectLabelRead
    kind: str
    type: ConceptLabelRead | None
    local_codes: dict[str, str]
    about: dict[str, Any]
    depth: int


class EntryRead(Answer):
    """One line of a timeline; `id` is that of the event, statement, capture or version."""

    entry: Literal["event", "statement", "capture", "version"]
    id: UUID
    code: str
    title: dict[str, str]
    edtf: str | None
    day_from: int | None
    day_to: int | None
    certainty: int | None


class Said(Body):
    """What a statement says; names of other records are codes of the subject's organisation."""

    predicate: RecordCode
    value: dict[str, Any] = Field({}, max_length=100)
    concept: RecordCode | None = None
    scheme: RecordCode | None = None
    edtf: Edtf
    basis: Basis
    certainty: Certainty
    sources: list[RecordCode] = Field([], max_length=100)
    hypothesis: RecordCode | None = None
    exclusive: bool | None = Field(None, description="Left out: the predicate's default.")
    code: RecordCode | None = Field(None, description="Left out: one is given.")
    began_by: RecordCode | None = None
    ended_by: RecordCode | None = None
    date_as_written: Words | None = None
    note: Words | None = None


_SAID: Any = {
    "predicate": "condition",
    "value": {"state": "leaning", "tilt_deg": 0.4},
    "edtf": "2026-10/..",
    "basis": "measured",
    "certainty": 5,
}


class StatementCreate(Said):
    """A new statement about a subject."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"subject_id": "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10", **_SAID}]}
    )

    subject_id: UUID


class CorrectionCreate(Said):
    """What is to be held instead of a statement, whole, and why."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{**_SAID, "reason": "read at the wrong column"}]}
    )

    reason: Words


class EventCreate(Body):
    """Something that happened; kind, sources and agents are codes of the organisation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "repair",
                    "title": {"vi": "Thay cột G6", "en": "Column G6 replaced"},
                    "edtf": "1990-12",
                    "certainty": 3,
                    "subject_ids": ["0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10"],
                }
            ]
        }
    )

    kind: RecordCode
    title: Name
    edtf: Edtf
    certainty: Certainty
    subject_ids: list[UUID] = Field(min_length=1, max_length=200)
    sources: list[RecordCode] = Field([], max_length=100)
    agents: list[RecordCode] = Field([], max_length=100)
    code: RecordCode | None = None
    date_as_written: Words | None = None
    note: Words | None = None
