"""Statements: what is held of subjects, when it was true, and since when we hold it."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.answers.chronology import answered, new_statement
from service.dependencies import Anyone, Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.chronology import (
    AnsweredPage,
    AsOf,
    CodeQuery,
    CorrectionCreate,
    HypothesisQuery,
    KnownAt,
    StatementCreate,
    StatementRead,
)
from service.schemas.common import PathQuery, SearchQuery
from storage.chronology import commands, queries
from storage.chronology.queries import NO_HYPOTHESIS, Question
from storage.subjects.queries import get_subject

router = APIRouter(prefix="/v1", tags=["statements"], route_class=IdempotentRoute)

BestSource = Annotated[
    int | None, Query(ge=1, le=5, description="Only what rests on no source more reliable than this.")
]
Below = Annotated[bool, Query(description="Also of everything below the subject.")]
Narrower = Annotated[bool, Query(description="Also concepts narrower than the one asked.")]


@router.get("/statements")
def list_statements(
    caller: Anyone,
    db: Database,
    subject: PathQuery = None,
    under: PathQuery = None,
    predicate: CodeQuery = None,
    measure: SearchQuery = None,
    concept: CodeQuery = None,
    scheme: CodeQuery = None,
    narrower: Narrower = False,
    hypothesis: HypothesisQuery = NO_HYPOTHESIS,
    best_source_max: BestSource = None,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AnsweredPage[StatementRead]:
    """List statements: of a subject, or of it and all below it, valid at a date, as known at a moment."""
    question = Question(
        subject=subject,
        under=under,
        predicate=predicate,
        measure=measure,
        concept=concept,
        scheme=scheme,
        narrower=narrower,
        hypothesis=hypothesis,
        best_source_max=best_source_max,
        as_of=as_of,
        known_at=known_at,
    )
    return answered(StatementRead, queries.ask(db, caller, question, cursor=cursor, limit=limit))


@router.post("/statements", status_code=201, dependencies=[Idempotent])
def create_statement(body: StatementCreate, caller: Person, db: Database) -> StatementRead:
    """Make a statement about a subject; it is held from now on."""
    said = new_statement(body.model_dump(exclude={"subject_id"}))
    return StatementRead.model_validate(commands.make_statement(db, caller, body.subject_id, said))


@router.get("/statements/{statement_id}")
def get_statement(statement_id: Id, caller: Anyone, db: Database, known_at: KnownAt = None) -> StatementRead:
    """Show a statement, held still or superseded."""
    return StatementRead.model_validate(queries.get_statement(db, caller, statement_id, known_at=known_at))


@router.post("/statements/{statement_id}/corrections", status_code=201, dependencies=[Idempotent])
def correct_statement(
    statement_id: Id, body: CorrectionCreate, caller: Person, db: Database
) -> StatementRead:
    """Hold another statement instead of one; the old one stays, for reads as known before."""
    said = new_statement(body.model_dump(exclude={"reason"}))
    return StatementRead.model_validate(
        commands.correct_statement(db, caller, statement_id, said, reason=body.reason)
    )


@router.get("/subjects/{subject_id}/statements")
def list_statements_of_subject(
    subject_id: Id,
    caller: Anyone,
    db: Database,
    predicate: CodeQuery = None,
    below: Below = False,
    hypothesis: HypothesisQuery = NO_HYPOTHESIS,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AnsweredPage[StatementRead]:
    """List a subject's statements."""
    get_subject(db, caller, subject_id)
    question = Question(
        subject_id=subject_id,
        below=below,
        predicate=predicate,
        hypothesis=hypothesis,
        as_of=as_of,
        known_at=known_at,
    )
    return answered(StatementRead, queries.ask(db, caller, question, cursor=cursor, limit=limit))


@router.get("/subjects/{subject_id}/materials")
def list_materials(
    subject_id: Id,
    caller: Anyone,
    db: Database,
    concept: CodeQuery = None,
    narrower: Narrower = True,
    below: Below = True,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AnsweredPage[StatementRead]:
    """List what a subject and its parts are made of, perhaps of one material and those narrower."""
    get_subject(db, caller, subject_id)
    question = Question(
        subject_id=subject_id,
        below=below,
        predicate="material",
        concept=concept,
        scheme="material" if concept is not None else None,
        narrower=narrower,
        as_of=as_of,
        known_at=known_at,
    )
    return answered(StatementRead, queries.ask(db, caller, question, cursor=cursor, limit=limit))


@router.get("/subjects/{subject_id}/condition")
def list_condition(
    subject_id: Id,
    caller: Anyone,
    db: Database,
    concept: CodeQuery = None,
    narrower: Narrower = True,
    below: Below = True,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AnsweredPage[StatementRead]:
    """List in what condition a subject and its parts are, perhaps of one kind and those narrower."""
    get_subject(db, caller, subject_id)
    question = Question(
        subject_id=subject_id,
        below=below,
        predicate="condition",
        concept=concept,
        narrower=narrower,
        as_of=as_of,
        known_at=known_at,
    )
    return answered(StatementRead, queries.ask(db, caller, question, cursor=cursor, limit=limit))
