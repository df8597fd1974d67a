"""As of whose knowledge a read answers."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from storage.chronology.records import Known

# A write still running has a number, and will be seen only when it commits: as of any moment after it began
# the answer may yet change. Its stamps come after its number (trigger stamp_recorded), and after its begin.
# The time is taken before the others are looked at. We see those of our own database role, or all of them
# where the role may.
_SETTLED = text(
    """
    WITH clock AS MATERIALIZED (SELECT clock_timestamp() AS now)
    SELECT least(clock.now, (
        SELECT min(xact_start) - interval '1 microsecond' FROM pg_stat_activity
        WHERE backend_xid IS NOT NULL AND pid <> pg_backend_pid() AND datname = current_database()
        AND backend_type = 'client backend'
        AND xact_start <= clock.now
    )) FROM clock
    """
)


def known(db: Session, asked: datetime | None) -> Known:
    """Return the moment to answer for: the one asked or now, but before every write still running."""
    db.execute(text("SELECT pg_stat_clear_snapshot()"))
    settled: datetime = db.scalars(_SETTLED).one()
    return Known(at=settled if asked is None else min(asked, settled), is_named=asked is not None)
