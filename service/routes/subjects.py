"""The tree of subjects, and the frames in it."""

from fastapi import APIRouter

from service.answers.chronology import subject_read, tree_read
from service.answers.subjects import frame_read, one_subject, subject_page
from service.dependencies import Anyone, Cursor, Database, Id, Limit, Person
from service.idempotency import Idempotent, IdempotentRoute
from service.schemas.chronology import AsOf, KnownAt
from service.schemas.common import LocalCodeQuery, Page, PathQuery, SearchQuery
from service.schemas.subjects import (
    CodePath,
    FrameCreate,
    FrameRead,
    SubjectCreate,
    SubjectKind,
    SubjectPatch,
    SubjectRead,
    SubjectTree,
)
from storage.errors import NotFoundError
from storage.placements import commands as placement_commands
from storage.placements import queries as placements
from storage.subjects import commands, queries

router = APIRouter(prefix="/v1", tags=["subjects"], route_class=IdempotentRoute)


@router.post("/subjects", status_code=201, dependencies=[Idempotent])
def create_subject(body: SubjectCreate, caller: Person, db: Database) -> SubjectRead:
    """Make a root subject of an organisation, or a part of another subject."""
    made = commands.create_subject(
        db,
        caller,
        kind=body.kind,
        code=body.code,
        name=body.name.model_dump(exclude_none=True),
        organisation_id=body.organisation_id,
        parent_id=body.parent_id,
        local_code=body.local_code,
        visibility=body.visibility,
    )
    return one_subject(db, caller, made)


@router.get("/subjects")
def list_subjects(
    caller: Anyone,
    db: Database,
    under: PathQuery = None,
    kind: SubjectKind | None = None,
    q: SearchQuery = None,
    local_code: LocalCodeQuery = None,
    roots_only: bool = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[SubjectRead]:
    """List subjects: all the caller may see, or those under a path, of a kind, or found by a word."""
    page = queries.list_subjects(
        db,
        caller,
        under=under,
        kind=kind,
        q=q,
        local_code=local_code,
        roots_only=roots_only,
        cursor=cursor,
        limit=limit,
    )
    return subject_page(db, caller, page)


@router.get("/subjects/by-code/{path}")
def get_subject_by_code(path: CodePath, caller: Anyone, db: Database) -> SubjectRead:
    """Show the subject that has, or once had, this dotted code path."""
    return one_subject(db, caller, queries.get_by_path(db, caller, path).subject)


@router.get("/subjects/{subject_id}")
def get_subject(
    subject_id: Id, caller: Anyone, db: Database, as_of: AsOf = None, known_at: KnownAt = None
) -> SubjectRead:
    """Show a subject; as known at a moment, and what is held of its existence as of a date."""
    return subject_read(db, caller, subject_id, as_of=as_of, known_at=known_at)


@router.patch("/subjects/{subject_id}")
def update_subject(subject_id: Id, body: SubjectPatch, caller: Person, db: Database) -> SubjectRead:
    """Change a subject's name, local code or, of a root, its visibility; what is left out stays."""
    changes = body.model_dump(exclude_unset=True)
    if body.name is not None:
        changes["name"] = body.name.model_dump(exclude_none=True)
    return one_subject(db, caller, commands.update_subject(db, caller, subject_id, **changes))


@router.get("/subjects/{subject_id}/tree")
def get_tree(
    subject_id: Id, caller: Anyone, db: Database, as_of: AsOf = None, known_at: KnownAt = None
) -> SubjectTree:
    """Show a subject and everything below it; as known at a moment, as of a date."""
    return tree_read(db, caller, subject_id, as_of=as_of, known_at=known_at)


@router.post("/subjects/{subject_id}/frame", status_code=201, dependencies=[Idempotent])
def create_frame(subject_id: Id, body: FrameCreate, caller: Person, db: Database) -> FrameRead:
    """Give a subject its frame, once: a frame never changes."""
    made = placement_commands.create_frame(
        db, caller, subject_id, kind=body.kind, origin_geodetic=body.origin_geodetic
    )
    return frame_read(made)


@router.get("/subjects/{subject_id}/frame")
def get_frame(subject_id: Id, caller: Anyone, db: Database) -> FrameRead:
    """Show the frame a subject stands in: its own, or that of the nearest above it."""
    queries.get_subject(db, caller, subject_id)
    frame = placements.frame_of(db, subject_id)
    if frame is None:
        raise NotFoundError.of("frame of subject", subject_id)
    return frame_read(frame)
