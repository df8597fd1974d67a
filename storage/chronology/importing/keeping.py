"""What every sort of record needs while a file is taken in: codes as ids, counts, and what is there."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, literal, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.chronology.codes import Concepts, require_all
from storage.chronology.errors import InvalidRecordError, RecordCodeTakenError
from storage.db import Ltree
from storage.ids import new_id
from storage.subjects.tables import SubjectRow
from storage.visibility import subject_visible

# Not said by the file: a record that differs only here is the same.
_OWN = frozenset({"id", "import_id", "recorded", "recorded_by", "created_at"})


class Keeping:
    """One import on its way."""

    def __init__(self, *, db: Session, caller: Caller, organisation_id: UUID, import_id: UUID) -> None:
        self.db = db
        self.caller = caller
        self.organisation_id = organisation_id
        self.import_id = import_id
        self.concepts = Concepts(db, organisation_id)
        self._ids: dict[Any, dict[str, UUID]] = {}
        self._subjects: dict[str, UUID] = {}
        self._added: Counter[str] = Counter()
        self._kept: Counter[str] = Counter()

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many of each sort were added, and how many were there already."""
        sorts = sorted(set(self._added) | set(self._kept))
        return {sort: {"added": self._added[sort], "kept": self._kept[sort]} for sort in sorts}

    def added(self, sort: str) -> None:
        """Count one that is new."""
        self._added[sort] += 1

    def kept(self, sort: str) -> None:
        """Count one that was there."""
        self._kept[sort] += 1

    def stamp(self, recorded: datetime | None) -> dict[str, Any]:
        """Return the columns by which a row says when it was recorded; the database stamps what does not."""
        base = {"recorded_by": self.caller.person_id}
        if recorded is None:
            return base
        return {**base, "recorded": Range(recorded, None), "import_id": self.import_id}

    def ids(self, table: Any, codes: Iterable[str], *, what: str) -> list[UUID]:
        """Return the ids of codes of a table; UnknownCodeError names all that are missing."""
        wanted = list(dict.fromkeys(codes))
        known = self.known(table)
        require_all(wanted, known, what=what)
        return [known[code] for code in wanted]

    def known(self, table: Any) -> dict[str, UUID]:
        """Return the ids of all the organisation's rows of a table by code."""
        if table not in self._ids:
            query = select(table.code, table.id).where(table.organisation_id == self.organisation_id)
            self._ids[table] = dict(self.db.execute(query).all())
        return self._ids[table]

    def subjects(self, paths: Iterable[str]) -> list[UUID]:
        """Return the ids of the organisation's subjects at paths."""
        wanted = list(dict.fromkeys(paths))
        missing = [path for path in wanted if path not in self._subjects]
        if missing:
            query = select(SubjectRow.path, SubjectRow.id).where(
                SubjectRow.path.in_([literal(path, Ltree) for path in missing]),
                SubjectRow.organisation_id == self.organisation_id,
                subject_visible(self.caller),
            )
            self._subjects |= dict(self.db.execute(query).all())
        require_all(wanted, self._subjects, what="subject")
        return [self._subjects[path] for path in wanted]

    def keep(self, sort: str, table: Any, values: Mapping[str, Any]) -> UUID | None:
        """Insert a row of a table with codes; return its id, None if it is there and says the same."""
        code = values["code"]
        existing = self.known(table).get(code)
        if existing is not None:
            self.require_same(sort, self.db.get_one(table, existing), values)
            return None
        made = new_id()
        try:
            with self.db.begin_nested():
                self.db.execute(insert(table).values(id=made, organisation_id=self.organisation_id, **values))
        except IntegrityError as error:
            raise refused(error, sort, code) from error
        self.known(table)[code] = made
        self.added(sort)
        return made

    def require_same(self, sort: str, row: Any, values: Mapping[str, Any]) -> None:
        """Count a row as kept, or raise RecordCodeTakenError naming what it says otherwise."""
        differing = [
            name
            for name, value in values.items()
            if name not in _OWN and _plain(getattr(row, name)) != _plain(value)
        ]
        recorded = values.get("recorded")
        if recorded is not None and row.recorded.lower != recorded.lower:
            differing.append("recorded")
        if differing:
            code = values["code"]
            raise RecordCodeTakenError(
                f"{sort} {code} is there already, with other {', '.join(differing)}",
                hint="records never change: give the new one another code (a statement: with `supersedes`)",
                code=code,
                fields=differing,
            )
        self.kept(sort)


def refused(error: IntegrityError, sort: str, code: str) -> Exception:
    """Return what the database's refusal of a record means."""
    name = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if name == "recorded_in_the_past":
        return InvalidRecordError(
            f"{sort} {code} was recorded in the future", hint="`recorded` is not later than now", code=code
        )
    return error


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
