"""Structure and time as answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from service.answers.subjects import one_subject, subject_tree
from service.schemas.chronology import AnsweredPage, StatementRead
from service.schemas.common import Answer
from service.schemas.subjects import SubjectRead, SubjectTree
from storage.callers import Caller
from storage.chronology import history
from storage.chronology.commands import NewStatement
from storage.chronology.records import Answered, Statement
from storage.subjects import queries as subjects

T = TypeVar("T", bound=Answer)


def answered(kind: type[T], found: Answered[Any]) -> AnsweredPage[T]:
    """Return a page of one kind of answers."""
    items = [kind.model_validate(item) for item in found.items]
    return AnsweredPage[T](items=items, known_at=found.known_at, next=found.next)


def new_statement(said: Mapping[str, Any]) -> NewStatement:
    """Return what a body says, for storage."""
    return NewStatement(**said)


def subject_read(
    db: Session, caller: Caller, subject_id: UUID, *, as_of: str | None, known_at: datetime | None
) -> SubjectRead:
    """Return a subject as known at a moment, with what is held of its existence at a date."""
    subject, used = history.subject_known(db, caller, subject_id, known_at)
    # Counts and the newest picture are of now: a read that names a moment does not show them.
    read = (
        one_subject(db, caller, subject)
        if known_at is None
        else SubjectRead.model_validate(subject, from_attributes=True)
    )
    existence = _existence(db, caller, [subject_id], as_of, used)
    return read.model_copy(update={"known_at": used, **existence.get(subject_id, {})})


def tree_read(
    db: Session, caller: Caller, subject_id: UUID, *, as_of: str | None, known_at: datetime | None
) -> SubjectTree:
    """Return a tree as known at a moment, each part with what is held of its existence at a date."""
    if known_at is None:
        used = history.subject_known(db, caller, subject_id, None)[1]
        tree = subject_tree(db, caller, subjects.tree(db, caller, subject_id))
    else:
        node, used = history.tree_known(db, caller, subject_id, known_at)
        tree = SubjectTree.model_validate(node, from_attributes=True)
    existence = _existence(db, caller, _ids(tree), as_of, used)

    def dated(branch: SubjectTree) -> SubjectTree:
        update = {"known_at": used, **existence.get(branch.subject.id, {})}
        return SubjectTree(
            subject=branch.subject.model_copy(update=update),
            children=[dated(each) for each in branch.children],
        )

    return dated(tree)


def _ids(tree: SubjectTree) -> list[UUID]:
    return [tree.subject.id, *(key for child in tree.children for key in _ids(child))]


def _existence(
    db: Session, caller: Caller, ids: list[UUID], as_of: str | None, used: datetime
) -> dict[UUID, dict[str, Any]]:
    if as_of is None:
        return {}
    held: Mapping[UUID, list[Statement]] = history.existence_of(db, caller, ids, as_of=as_of, known_at=used)
    return {
        key: {"existence": [StatementRead.model_validate(each) for each in held.get(key, ())]} for key in ids
    }
