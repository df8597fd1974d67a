"""Codes of an organisation's records as ids; what is missing is named, all of it at once."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.chronology.errors import UnknownCodeError
from storage.chronology.tables import ConceptRow

PREDICATE = "predicate"
# In which vocabulary a predicate's concepts are looked for first.
_SCHEMES_OF = {"fabric": ("material",), "form": ("component_type",)}


def ids_of(db: Session, table: Any, organisation_id: UUID, codes: Iterable[str], *, what: str) -> list[UUID]:
    """Return the ids of an organisation's agents, sources, events… in the order of their codes given."""
    wanted = list(dict.fromkeys(codes))
    if not wanted:
        return []
    query = select(table.code, table.id).where(
        table.organisation_id == organisation_id, table.code.in_(wanted)
    )
    found: dict[str, UUID] = dict(db.execute(query).all())
    require_all(wanted, found, what=what)
    return [found[code] for code in wanted]


def require_all(wanted: Iterable[str], found: Iterable[str], *, what: str) -> None:
    """Raise UnknownCodeError naming every code that is wanted and was not found."""
    there = set(found)
    missing = [code for code in dict.fromkeys(wanted) if code not in there]
    if missing:
        raise UnknownCodeError(
            f"there is no {what} {', '.join(missing[:20])}",
            hint="check the spelling, or bring it in with a record file",
            what=what,
            codes=missing[:200],
        )


class Concepts:
    """The concepts an organisation may use: its own first, then the house's."""

    def __init__(self, db: Session, organisation_id: UUID) -> None:
        query = select(ConceptRow).where(
            or_(ConceptRow.organisation_id == organisation_id, ConceptRow.organisation_id.is_(None))
        )
        self._rows: dict[tuple[str, str], ConceptRow] = {}
        for row in db.scalars(query.order_by(ConceptRow.organisation_id.asc().nulls_first())):
            self._rows[row.scheme, row.code] = row

    def add(self, row: ConceptRow) -> None:
        """Take a new one in."""
        self._rows[row.scheme, row.code] = row

    def find(self, scheme: str, code: str) -> ConceptRow | None:
        """Return the concept of a scheme, None if there is none."""
        return self._rows.get((scheme, code))

    def get(self, scheme: str, code: str) -> ConceptRow:
        """Return the concept of a scheme."""
        row = self.find(scheme, code)
        if row is None:
            require_all([code], [], what=f"concept of scheme {scheme}")
            raise AssertionError(code)
        return row

    def said_with(self, predicate: str, code: str, scheme: str | None = None) -> ConceptRow:
        """Return the concept that a statement of this predicate means by a code."""
        if scheme is not None:
            return self.get(scheme, code)
        for name in (predicate, *_SCHEMES_OF.get(predicate, ())):
            if (row := self.find(name, code)) is not None:
                return row
        fitting = [row for (name, each), row in self._rows.items() if each == code and name != PREDICATE]
        if len(fitting) > 1:
            schemes = ", ".join(sorted(row.scheme for row in fitting))
            raise UnknownCodeError(f"the concept {code} is in {schemes}", hint="say which with `scheme`")
        require_all([code], [row.code for row in fitting], what="concept")
        return fitting[0]
