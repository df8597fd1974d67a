"""Put the questions of a query file (heritage-queries/1) to storage, and say the answer in its words."""

from datetime import datetime
from typing import Any

from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.chronology.events import list_events, list_relations
from storage.chronology.history import list_parts, search_subjects
from storage.chronology.queries import Question, ask
from storage.db import Ltree
from storage.subjects.tables import SubjectRow

MOST = 200


def answer(db: Session, caller: Caller, asked: dict[str, Any]) -> Any:
    """The answer to one `ask`."""
    asked = dict(asked)
    op, form = asked.pop("op"), asked.pop("return", "codes")
    known_at = asked.pop("known_at", None)
    moment = datetime.fromisoformat(known_at) if known_at else None
    as_of = asked.pop("valid_at", None)
    return OPS[op](db, caller, asked, form, as_of, moment)


def _search(db, caller, asked, form, as_of, known_at):
    return [label.path for label in search_subjects(db, caller, asked["text"], known_at=known_at).items]


def _statements(db, caller, asked, form, as_of, known_at):
    question = Question(**asked, as_of=as_of, known_at=known_at)
    found = ask(db, caller, question, limit=MOST)
    assert found.next is None
    match form:
        case "amounts":
            return [each.value["amount"] for each in found.items]
        case "subjects":
            return sorted({each.subject.path for each in found.items})
        case "count":
            return len({each.subject.path for each in found.items})
    return [each.code for each in found.items]


def _tree(db, caller, asked, form, as_of, known_at):
    root = db.scalars(select(SubjectRow.id).where(SubjectRow.path == literal(asked["root"], Ltree))).one()
    found = list_parts(db, caller, root, type_code=asked.get("type"), known_at=known_at, limit=MOST)
    kept = [part for part in found.items if part.depth <= asked.get("depth", part.depth)]
    return len(kept) if form == "count" else [part.subject.path for part in kept]


def _events(db, caller, asked, form, as_of, known_at):
    asked.pop("order", None)
    if "type" in asked:
        asked["kind"] = asked.pop("type")
    return [
        each.code
        for each in list_events(db, caller, **asked, as_of=as_of, known_at=known_at, limit=MOST).items
    ]


def _relations(db, caller, asked, form, as_of, known_at):
    found = list_relations(
        db,
        caller,
        from_path=asked.get("from"),
        role=asked.get("role"),
        to_path=asked.get("to"),
        as_of=as_of,
        known_at=known_at,
        limit=MOST,
    )
    if "to" in asked:
        return [each.from_subject.path for each in found.items]
    return [each.to_subject.path for each in found.items]


OPS = {
    "search_subjects": _search,
    "statements": _statements,
    "tree": _tree,
    "events": _events,
    "relations": _relations,
}
