"""Take a record file in: all of it in one transaction, or nothing; the same bytes once."""

import hashlib
import json
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller, Role, Scope
from storage.chronology.errors import HistoryScopeNeededError
from storage.chronology.importing import facts, places, terms
from storage.chronology.importing.file import RecordFile
from storage.chronology.importing.keeping import Keeping
from storage.chronology.records import RecordImport
from storage.chronology.storable import require_storable
from storage.chronology.tables import RecordImportRow
from storage.db import as_record
from storage.errors import NotFoundError
from storage.ids import new_id
from storage.organisations.queries import get_organisation


def import_records(
    db: Session, caller: Caller, organisation_id: UUID, file: RecordFile, *, visibility: str = "private"
) -> RecordImport:
    """Take a record file into an organisation (curators); roots it makes get `visibility`.

    What is there already and says the same is kept and counted. A file that says when something was recorded
    needs a key with the scope history:import.

    Raises
    ------
    HistoryScopeNeededError
        If the file says when something was recorded, and the caller may not.
    UnknownCodeError
        If something is named that is neither in the file nor there; all such codes are listed.
    RecordCodeTakenError
        If a record with that code is there and says something else.
    """
    owner = get_organisation(db, caller, organisation_id).id
    caller.require(owner, Role.CURATOR)
    states_recorded = file.states_recorded()
    if states_recorded and Scope.HISTORY_IMPORT not in caller.scopes:
        raise HistoryScopeNeededError(
            "this file says when its records were recorded, and your key may not",
            hint="ask an admin for a key with the scope history:import, or leave `recorded` out",
            scope=Scope.HISTORY_IMPORT.value,
        )
    content = file.model_dump(mode="json", by_alias=True)
    require_storable(content, where="the file", depth=-2)
    digest = hashlib.sha256(
        json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()
    row = db.scalar(
        insert(RecordImportRow)
        .values(
            id=new_id(),
            organisation_id=owner,
            digest=digest,
            states_recorded=states_recorded,
            about=content["site"],
            counts={},
            person_id=caller.person_id,
        )
        .on_conflict_do_nothing()
        .returning(RecordImportRow)
    )
    if row is None:
        return _import_of(_by_digest(db, owner, digest), was_there=True)
    keeping = Keeping(db=db, caller=caller, organisation_id=owner, import_id=row.id)
    _load(keeping, file, visibility)
    row.counts = keeping.counts()
    record(
        db,
        "records.imported",
        "record_import",
        row.id,
        organisation_id=owner,
        caller=caller,
        digest=digest,
        states_recorded=states_recorded,
        counts=row.counts,
    )
    db.flush()
    return _import_of(row, was_there=False)


def _load(keeping: Keeping, file: RecordFile, visibility: str) -> None:
    terms.load_concepts(keeping, file.concepts)
    terms.load_agents(keeping, file.agents)
    terms.load_sources(keeping, file.sources)
    places.load_subjects(keeping, file, visibility)
    places.load_captures(keeping, file.captures)
    facts.load_events(keeping, file.events)
    facts.load_hypotheses(keeping, file.hypotheses)
    facts.load_relations(keeping, file.relations)
    facts.load_statements(keeping, file.statements)


def _by_digest(db: Session, organisation_id: UUID, digest: str) -> RecordImportRow:
    query = select(RecordImportRow).where(
        RecordImportRow.organisation_id == organisation_id, RecordImportRow.digest == digest
    )
    return db.scalars(query).one()


def get_import(db: Session, caller: Caller, import_id: UUID) -> RecordImport:
    """Return an import of an organisation that the caller belongs to."""
    row = db.get(RecordImportRow, import_id)
    if row is None or not caller.has(row.organisation_id, Role.VIEWER):
        raise NotFoundError.of("import", import_id)
    return _import_of(row, was_there=True)


def _import_of(row: Any, *, was_there: bool) -> RecordImport:
    return as_record(RecordImport, row, was_there=was_there)
