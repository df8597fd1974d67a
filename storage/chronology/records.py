"""Structure and time, as readers see them. Days are proleptic-Gregorian Julian day numbers, None: open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Known:
    """The moment as of whose knowledge a read answers; `is_named` if the caller asked for one."""

    at: datetime
    is_named: bool


@dataclass(frozen=True, kw_only=True)
class Answered(Generic[T]):
    """A list, the moment as of whose knowledge it answers, and the cursor of what follows."""

    items: tuple[T, ...]
    known_at: datetime
    next: str | None = None


@dataclass(frozen=True, kw_only=True)
class SubjectLabel:
    """What a subject was called and where it stood, as known at the moment asked."""

    id: UUID
    path: str | None
    name: dict[str, str] | None


@dataclass(frozen=True, kw_only=True)
class Concept:
    """A term of a vocabulary; of no organisation: the house's own."""

    id: UUID
    organisation_id: UUID | None
    scheme: str
    code: str
    label: dict[str, str]
    broader: str | None
    exact_match: tuple[str, ...]
    edtf: str | None
    value_type: str | None
    is_exclusive: bool


@dataclass(frozen=True, kw_only=True)
class ConceptLabel:
    """A term, as a statement names it."""

    scheme: str
    code: str
    label: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Source:
    """A citation with its reliability, 1 to 5."""

    code: str
    kind: str
    citation: str
    reliability: int
    url: str | None


@dataclass(frozen=True, kw_only=True)
class Agent:
    """Who did something."""

    code: str
    kind: str
    name: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Statement:
    """One fact about a subject. `recorded_to` is None while it is held, as known at the moment asked."""

    id: UUID
    code: str
    organisation_id: UUID
    subject: SubjectLabel
    predicate: ConceptLabel
    concept: ConceptLabel | None
    value: dict[str, Any]
    edtf: str
    day_from: int | None
    day_to: int | None
    recorded_from: datetime
    recorded_to: datetime | None
    basis: str
    certainty: int
    sources: tuple[Source, ...]
    hypothesis: str | None
    is_exclusive: bool
    supersedes: str | None
    began_by: str | None
    ended_by: str | None
    date_as_written: str | None
    note: str | None


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened."""

    id: UUID
    code: str
    kind: ConceptLabel
    title: dict[str, str]
    edtf: str
    day_from: int | None
    day_to: int | None
    certainty: int
    subjects: tuple[SubjectLabel, ...]
    sources: tuple[Source, ...]
    agents: tuple[Agent, ...]
    date_as_written: str | None
    note: str | None
    conflicts_with: tuple[str, ...]
    recorded_from: datetime


@dataclass(frozen=True, kw_only=True)
class Relation:
    """What one subject is to another."""

    id: UUID
    code: str
    from_subject: SubjectLabel
    role: str
    to_subject: SubjectLabel
    edtf: str | None
    day_from: int | None
    day_to: int | None
    certainty: int
    sources: tuple[Source, ...]
    note: str | None
    recorded_from: datetime


@dataclass(frozen=True, kw_only=True)
class Part:
    """A subject below another; `depth` counts levels below it."""

    subject: SubjectLabel
    kind: str
    type: ConceptLabel | None
    local_codes: dict[str, str]
    about: dict[str, Any]
    depth: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One line of a timeline; `thing` has the rest."""

    entry: Literal["event", "statement", "capture", "version"]
    id: UUID
    code: str
    title: dict[str, str]
    edtf: str | None
    day_from: int | None
    day_to: int | None
    certainty: int | None


@dataclass(frozen=True, kw_only=True)
class RecordImport:
    """A record file taken in: how many of each sort were added, and how many were there already."""

    id: UUID
    organisation_id: UUID
    digest: str
    states_recorded: bool
    counts: dict[str, dict[str, int]]
    created_at: datetime
    was_there: bool
