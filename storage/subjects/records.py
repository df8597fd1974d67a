"""Subjects, as readers see them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A node of the tree; `visibility` is its root's."""

    id: UUID
    organisation_id: UUID
    parent_id: UUID | None
    root_id: UUID
    kind: str
    code: str
    path: str
    name: dict[str, str]
    local_code: str | None
    visibility: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class TreeNode:
    """A subject with what is below it, in the order of paths."""

    subject: Subject
    children: tuple["TreeNode", ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """A subject found by a code path; `moved` if the path is an old one."""

    subject: Subject
    moved: bool
