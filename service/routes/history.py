"""Subjects as known at a moment: their parts, names and versions; and the vocabularies they are told in."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.answers.chronology import answered
from service.answers.versions import version_read
from service.dependencies import Anyone, Cursor, Database, Id, Limit
from service.schemas.chronology import (
    AnsweredPage,
    AsOf,
    CodeQuery,
    ConceptRead,
    KnownAt,
    PartRead,
    SubjectLabelRead,
)
from service.schemas.common import Page
from service.schemas.versions import VersionRead
from storage.chronology import history, timeline, vocabularies

router = APIRouter(prefix="/v1", tags=["history"])

Text = Annotated[
    str,
    Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Part of a name."),
]


@router.get("/search")
def search(
    q: Text, caller: Anyone, db: Database, known_at: KnownAt = None, limit: Limit = 50
) -> AnsweredPage[SubjectLabelRead]:
    """Find subjects by part of a name, case and marks aside, as they were called then."""
    return answered(SubjectLabelRead, history.search_subjects(db, caller, q, known_at=known_at, limit=limit))


@router.get("/subjects/{subject_id}/parts")
def list_parts(
    subject_id: Id,
    caller: Anyone,
    db: Database,
    type: CodeQuery = None,
    known_at: KnownAt = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AnsweredPage[PartRead]:
    """List what stands below a subject, perhaps of one component type."""
    found = history.list_parts(
        db, caller, subject_id, type_code=type, known_at=known_at, cursor=cursor, limit=limit
    )
    return answered(PartRead, found)


@router.get("/subjects/{subject_id}/version")
def get_representing_version(
    subject_id: Id, caller: Anyone, db: Database, as_of: AsOf = None, known_at: KnownAt = None
) -> VersionRead:
    """Show the version that represents a subject as of a date: the one published last, as known then."""
    version, _ = timeline.version_representing(db, caller, subject_id, as_of=as_of, known_at=known_at)
    return version_read(db, caller, version)


@router.get("/concepts")
def list_concepts(
    caller: Anyone,
    db: Database,
    scheme: CodeQuery = None,
    organisation_id: Id | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ConceptRead]:
    """List the terms of vocabularies: the house's own, and those of organisations."""
    page = vocabularies.list_concepts(
        db, caller, scheme=scheme, organisation_id=organisation_id, cursor=cursor, limit=limit
    )
    return Page(items=[ConceptRead.model_validate(item) for item in page.items], next=page.next)
