"""Subjects and frames as answers."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy.orm import Session

from service.schemas.common import Name, Page
from service.schemas.subjects import FrameRead, SubjectRead, SubjectTree
from storage import paging
from storage.callers import Caller
from storage.placements.records import Frame
from storage.subjects.records import Subject, TreeNode
from storage.subjects.summaries import SubjectSummary, summaries_of

PICTURE = "picture.webp"


def picture_url(derivative_id: UUID | None) -> str | None:
    """Return the path of a picture derivative's file."""
    return None if derivative_id is None else f"/v1/derivatives/{derivative_id}/files/{PICTURE}"


def one_subject(db: Session, caller: Caller, subject: Subject) -> SubjectRead:
    """Return one subject with its counts."""
    return _subject_read(subject, summaries_of(db, caller, [subject.id])[subject.id])


def subject_page(db: Session, caller: Caller, page: paging.Page[Subject]) -> Page[SubjectRead]:
    """Return a page of subjects with their counts."""
    summaries = summaries_of(db, caller, [item.id for item in page.items])
    return Page(items=[_subject_read(item, summaries[item.id]) for item in page.items], next=page.next)


def subject_tree(db: Session, caller: Caller, node: TreeNode) -> SubjectTree:
    """Return a tree of subjects with their counts."""
    return _tree(node, summaries_of(db, caller, list(_ids(node))))


def frame_read(frame: Frame) -> FrameRead:
    """Return a frame."""
    origin = list(frame.origin_geodetic) if frame.origin_geodetic is not None else None
    return FrameRead(
        id=frame.id,
        subject_id=frame.subject_id,
        kind="tangent" if frame.kind == "tangent" else "free",
        origin_geodetic=origin,
        created_at=frame.created_at,
    )


def _ids(node: TreeNode) -> Iterator[UUID]:
    yield node.subject.id
    for child in node.children:
        yield from _ids(child)


def _tree(node: TreeNode, summaries: Mapping[UUID, SubjectSummary]) -> SubjectTree:
    return SubjectTree(
        subject=_subject_read(node.subject, summaries[node.subject.id]),
        children=[_tree(child, summaries) for child in node.children],
    )


def _subject_read(subject: Subject, summary: SubjectSummary) -> SubjectRead:
    fields = {name: getattr(subject, name) for name in SubjectRead.model_fields if hasattr(subject, name)}
    fields |= {
        "name": Name.model_validate(subject.name),
        "children": summary.children,
        "versions": summary.versions,
        "picture": picture_url(summary.picture_id),
    }
    return SubjectRead(**fields)
