"""Every table, so that one import fills the metadata."""

from sqlalchemy import MetaData

from storage.audit import tables as audit
from storage.captures import tables as captures
from storage.chronology import tables as chronology
from storage.db import Base
from storage.derivatives import tables as derivatives
from storage.idempotency import tables as idempotency
from storage.jobs import tables as jobs
from storage.organisations import tables as organisations
from storage.placements import tables as placements
from storage.subjects import tables as subjects
from storage.uploads import tables as uploads
from storage.versions import tables as versions

ALL = (
    audit,
    captures,
    chronology,
    derivatives,
    idempotency,
    jobs,
    organisations,
    placements,
    subjects,
    uploads,
    versions,
)


def metadata() -> MetaData:
    """Return the metadata with every table in it."""
    return Base.metadata
