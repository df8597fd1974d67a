"""Make, name, show and move subjects; what they were called and where they stood is kept."""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import literal, select, text, update
from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role
from storage.db import Ltree
from storage.errors import InvalidError
from storage.ids import new_id
from storage.organisations.queries import get_organisation
from storage.subjects.errors import CodeTakenError, InvalidCodeError, LocalCodeTakenError
from storage.subjects.history import close_and_open_name, close_and_open_place
from storage.subjects.queries import get_subject, subject_for, subjects_of
from storage.subjects.records import Subject
from storage.subjects.tables import SubjectNameRow, SubjectPlaceRow, SubjectRedirectRow, SubjectRow
from storage.values import require_name

KINDS = ("site", "complex", "monument", "component", "artefact", "practice", "document")
VISIBILITIES = ("private", "public")
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,62}")


class Unset(Enum):
    """The mark of an argument that was not given."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET
MaybeText = str | None | Literal[Unset.UNSET]


def create_subject(
    db: Session,
    caller: Caller,
    *,
    kind: str,
    code: str,
    name: Mapping[str, Any],
    organisation_id: UUID | None = None,
    parent_id: UUID | None = None,
    local_code: str | None = None,
    visibility: str | None = None,
    known_since: datetime | None = None,
) -> Subject:
    """Make a root in an organisation (curators), or a subject below another one (contributors).

    `known_since` is for imports that may state it: since when its name and place are known, if not now.
    """
    _require_kind_and_code(kind, code)
    if (organisation_id is None) == (parent_id is None):
        raise InvalidError("a root needs organisation_id, any other subject parent_id, and not both")
    subject_id = new_id()
    if parent_id is not None:
        parent = subject_for(db, caller, parent_id, Role.CONTRIBUTOR)
        if visibility is not None:
            raise InvalidError("visibility belongs to roots", hint="change it at the root")
        # Held to the end, so that the parent is not moved away from under its new child.
        db.execute(select(SubjectRow.id).where(SubjectRow.id == parent.root_id).with_for_update(read=True))
        parent = get_subject(db, caller, parent_id)
        owner, root, path = parent.organisation_id, parent.root_id, f"{parent.path}.{code}"
    else:
        owner = get_organisation(db, caller, _given(organisation_id)).id
        caller.require(owner, Role.CURATOR)
        root, path, visibility = subject_id, code, _visibility(visibility or "private")
    row = SubjectRow(
        id=subject_id,
        organisation_id=owner,
        parent_id=parent_id,
        root_id=root,
        kind=kind,
        code=code,
        path=path,
        name=require_name(name),
        local_code=local_code,
        visibility=visibility,
        created_by=caller.person_id,
    )
    _insert(db, row)
    by: dict[str, Any] = {"recorded_by": caller.person_id}
    if known_since is not None:
        by["recorded"] = Range(known_since, None)
    db.add(SubjectNameRow(subject_id=row.id, name=row.name, **by))
    db.add(SubjectPlaceRow(subject_id=row.id, parent_id=parent_id, path=path, **by))
    record(db, "subject.created", "subject", row.id, organisation_id=owner, caller=caller, path=path)
    db.flush()
    return subjects_of(db, [row])[0]


def _given(value: UUID | None) -> UUID:
    if value is None:
        raise InvalidError("a root needs organisation_id")
    return value


def _insert(db: Session, row: SubjectRow) -> None:
    try:
        with db.begin_nested():
            db.add(row)
    except IntegrityError as error:
        raise _taken(error, row.path, row.local_code) from error


def _taken(error: IntegrityError, path: str, local_code: str | None) -> Exception:
    constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if constraint == "uq_subject_path":
        return CodeTakenError(f"the code {path} is taken", hint="choose another code", path=path)
    if constraint == "uq_subject_organisation_id_local_code":
        return LocalCodeTakenError(f"the local code {local_code} is taken in this organisation")
    return error


def _require_kind_and_code(kind: str, code: str) -> None:
    if kind not in KINDS:
        raise InvalidError(f"there is no kind of subject {kind!r}", hint="one of " + ", ".join(KINDS))
    if not _LABEL.fullmatch(code):
        raise InvalidCodeError(
            f"{code!r} is not one label of a code", hint="letters, digits, _ and -, without dots", code=code
        )


def _visibility(value: object) -> str:
    if value not in VISIBILITIES:
        raise InvalidError(f"there is no visibility {value!r}", hint="private or public")
    return str(value)


def update_subject(
    db: Session,
    caller: Caller,
    subject_id: UUID,
    *,
    name: Mapping[str, Any] | Literal[Unset.UNSET] = UNSET,
    visibility: MaybeText = UNSET,
    local_code: MaybeText = UNSET,
) -> Subject:
    """Change a subject's name, local code, or (a root's) visibility; curators may. The old name is kept."""
    subject_for(db, caller, subject_id, Role.CURATOR)
    row = db.scalars(select(SubjectRow).where(SubjectRow.id == subject_id).with_for_update()).one()
    changed: dict[str, Any] = {}
    if name is not UNSET:
        changed["name"] = require_name(name)
        if changed["name"] != row.name:
            close_and_open_name(db, caller, row.id, changed["name"])
    if visibility is not UNSET:
        if row.parent_id is not None:
            raise InvalidError("visibility belongs to roots", hint="change it at the root")
        changed["visibility"] = _visibility(visibility)
    if local_code is not UNSET:
        changed["local_code"] = local_code
    try:
        with db.begin_nested():
            for column, value in changed.items():
                setattr(row, column, value)
    except IntegrityError as error:
        raise _taken(error, row.path, row.local_code) from error
    record(
        db,
        "subject.changed",
        "subject",
        row.id,
        organisation_id=row.organisation_id,
        caller=caller,
        **changed,
    )
    return subjects_of(db, [row])[0]


def move_subject(
    db: Session, caller: Caller, subject_id: UUID, *, parent_id: UUID, code: str | None = None
) -> Subject:
    """Move a subject and all below it under another parent of the same root; old paths lead to it on."""
    subject = subject_for(db, caller, subject_id, Role.CURATOR)
    db.execute(select(SubjectRow.id).where(SubjectRow.id == subject.root_id).with_for_update())
    subject, parent = get_subject(db, caller, subject_id), get_subject(db, caller, parent_id)
    if subject.parent_id is None or parent.root_id != subject.root_id:
        raise InvalidError("a subject moves within its root", hint="make it anew elsewhere")
    if f"{parent.path}.".startswith(f"{subject.path}."):
        raise InvalidError("a subject cannot stand below itself")
    label = code or subject.code
    _require_kind_and_code(subject.kind, label)
    new_path = f"{parent.path}.{label}"
    if new_path == subject.path:
        return subject
    moved = list(
        db.execute(
            select(SubjectRow.id, SubjectRow.parent_id, SubjectRow.path).where(
                SubjectRow.path.op("<@", is_comparison=True)(literal(subject.path, Ltree))
            )
        )
    )
    _repath(db, subject, new_path)
    db.execute(update(SubjectRow).where(SubjectRow.id == subject_id).values(parent_id=parent_id, code=label))
    for each_id, each_parent, old_path in moved:
        path = new_path + old_path[len(subject.path) :]
        above = parent_id if each_id == subject_id else each_parent
        close_and_open_place(db, caller, each_id, parent_id=above, path=path)
        redirect = insert(SubjectRedirectRow).values(path=old_path, subject_id=each_id)
        db.execute(redirect.on_conflict_do_update(index_elements=["path"], set_={"subject_id": each_id}))
    record(
        db,
        "subject.moved",
        "subject",
        subject_id,
        organisation_id=subject.organisation_id,
        caller=caller,
        old_path=subject.path,
        new_path=new_path,
    )
    db.expire_all()
    return get_subject(db, caller, subject_id)


def _repath(db: Session, subject: Subject, new_path: str) -> None:
    statement = text(
        "UPDATE subject SET path = CASE WHEN path = CAST(:old AS ltree) THEN CAST(:new AS ltree)"
        " ELSE CAST(:new AS ltree) || subpath(path, nlevel(CAST(:old AS ltree))) END"
        " WHERE path <@ CAST(:old AS ltree)"
    )
    try:
        with db.begin_nested():
            db.execute(statement, {"old": subject.path, "new": new_path})
    except IntegrityError as error:
        raise _taken(error, new_path, None) from error
