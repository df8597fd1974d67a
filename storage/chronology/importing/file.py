"""What a record file may say: JSON of schema heritage-records/1. Unknown fields are refused, not lost."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=_TEXT)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.~-]{0,199}$")]
Path = Annotated[
    str,
    StringConstraints(
        max_length=2_000,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*$",
    ),
]
Label = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$")]
Date = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$")]
Certainty = Annotated[int, Field(ge=0, le=5)]
Url = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x20\x7f]*$")]


class Part(BaseModel):
    """The base of everything in a record file."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Part):
    """A text in Vietnamese, English, or both."""

    vi: Text | None = None
    en: Text | None = None

    def given(self) -> dict[str, str]:
        """Return the languages given."""
        return self.model_dump(exclude_none=True)


class AgentRecord(Part):
    """An agent."""

    code: Code
    kind: Text
    name: Named


class SourceRecord(Part):
    """A source."""

    code: Code
    kind: Text
    citation: Text
    reliability: Annotated[int, Field(ge=1, le=5)]
    url: Url | None = None


class ConceptRecord(Part):
    """A concept; `broader` is of the same scheme. The last two are for the scheme `predicate`."""

    scheme: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
    code: Code
    label: Named
    exact_match: Annotated[tuple[Url, ...], Field(max_length=50)] = ()
    broader: Code | None = None
    edtf: Date | None = None
    value_type: Text | None = None
    exclusive: bool = False


class SubjectRecord(Part):
    """A subject; without `recorded` it is known since the first that is recorded of it or below it."""

    code: Path
    kind: Literal["site", "complex", "monument", "component", "artefact", "practice", "document"]
    name: Named
    local_code: Text | None = None
    local_codes: dict[str, Text] = {}
    type: Code | None = None
    existence: Text | None = None
    code_basis: Text | None = None
    location: dict[str, Any] | None = None
    note: Text | None = None
    recorded: AwareDatetime | None = None


class EventRecord(Part):
    """An event; without `recorded` it is stamped with the import."""

    code: Code
    kind: Code
    title: Named
    edtf: Date
    subjects: Annotated[tuple[Path, ...], Field(min_length=1, max_length=1_000)]
    sources: tuple[Code, ...] = ()
    agents: tuple[Code, ...] = ()
    certainty: Certainty
    date_as_written: Text | None = None
    note: Text | None = None
    conflicts_with: tuple[Code, ...] = ()
    recorded: AwareDatetime | None = None


class HypothesisRecord(Part):
    """A reading of a lost or disputed state; what else is said of it is kept with it."""

    model_config = ConfigDict(extra="allow", frozen=True)

    code: Code
    subject: Path | None = None
    title: Named | None = None
    name: Named | None = None
    rationale: Text | None = None


class CaptureRecord(Part):
    """A survey campaign; without either date, it is not known when it was."""

    code: Label
    subject: Path
    method: Text
    started: Date | None = None
    ended: Date | None = None
    operator: Text | None = None
    sensor: dict[str, Any] | None = None
    sources: tuple[Code, ...] = ()
    certainty: Certainty | None = None
    note: Text | None = None


class RelationRecord(Part):
    """What one subject is to another."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    code: Code
    from_: Path = Field(alias="from")
    role: Text
    to: Path
    edtf: Date | None = None
    sources: tuple[Code, ...] = ()
    certainty: Certainty
    note: Text | None = None
    recorded: AwareDatetime | None = None


class StatementRecord(Part):
    """A statement; `exclusive` left out is false, whatever the predicate's default."""

    code: Code
    subject: Path
    predicate: Code
    value: dict[str, Any] = {}
    concept: Code | None = None
    scheme: Code | None = None
    edtf: Date
    recorded: AwareDatetime | None = None
    basis: Literal["observed", "measured", "source", "comparison", "inference", "conjecture"]
    certainty: Certainty
    sources: tuple[Code, ...] = ()
    hypothesis: Code | None = None
    exclusive: bool = False
    supersedes: Code | None = None
    began_by: Code | None = None
    ended_by: Code | None = None
    date_as_written: Text | None = None
    note: Text | None = None


class RecordFile(Part):
    """A whole record file; lists left out are empty, and may name what came with an earlier file."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "schema": "heritage-records/1",
                    "subjects": [{"code": "hue", "kind": "site", "name": {"vi": "Cố đô Huế"}}],
                    "statements": [
                        {
                            "code": "hue-listed",
                            "subject": "hue",
                            "predicate": "designation",
                            "value": {"list": "World Heritage"},
                            "edtf": "1993/..",
                            "basis": "source",
                            "certainty": 4,
                        }
                    ],
                }
            ]
        },
    )

    schema_: Literal["heritage-records/1"] = Field(alias="schema")
    site: dict[str, Any] = {}
    agents: tuple[AgentRecord, ...] = ()
    sources: tuple[SourceRecord, ...] = ()
    concepts: tuple[ConceptRecord, ...] = ()
    subjects: tuple[SubjectRecord, ...] = ()
    events: tuple[EventRecord, ...] = ()
    hypotheses: tuple[HypothesisRecord, ...] = ()
    captures: tuple[CaptureRecord, ...] = ()
    relations: tuple[RelationRecord, ...] = ()
    statements: tuple[StatementRecord, ...] = ()

    def states_recorded(self) -> bool:
        """Say whether anything in it says when it was recorded."""
        lists = (self.subjects, self.events, self.relations, self.statements)
        return any(each.recorded is not None for records in lists for each in records)
