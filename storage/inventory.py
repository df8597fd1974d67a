"""What the rows say we keep: every object with its digest, every table with its rows' digest.

For backups, for their comparison after a restore, and for finding at start what a power cut took.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.orm import Session

LOCK = 0x4B455054  # "KEPT": any number, the same in whoever backs up and whoever reaps

_OBJECTS = """
    SELECT b.object_key AS key, b.sha256, b.size_bytes,
           coalesce(min(f.media_type), 'application/octet-stream') AS media_type
      FROM blob b LEFT JOIN version_file f ON f.blob_id = b.id
     WHERE b.state IN ('stored', 'verified') GROUP BY b.id
    UNION ALL
    SELECT 'assets/' || v.asset_id || '/v' || v.number || '/manifest.json', v.manifest_sha256, NULL,
           'application/json'
      FROM version v WHERE v.number IS NOT NULL AND v.manifest_sha256 IS NOT NULL
    UNION
    -- By way of JSON, for a schema from before there was this column.
    SELECT coalesce(to_jsonb(f) ->> 'object_key',
                    CASE d.kind WHEN 'work' THEN 'work/' ELSE 'derivatives/' END || d.id || '/' || f.path),
           f.sha256, f.size_bytes, f.media_type
      FROM derivative d JOIN derivative_file f ON f.derivative_id = d.id
     WHERE d.state = 'ready'
    ORDER BY key
"""
_TABLES = """
    SELECT c.relname, array_agg(a.attname ORDER BY array_position(i.indkey::smallint[], a.attnum))
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
      JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey::smallint[])
     WHERE c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname
"""


@dataclass(frozen=True, kw_only=True)
class KeptObject:
    """An object that a row acknowledges; digest and size as far as the row knows them yet."""

    key: str
    sha256: str | None
    size_bytes: int | None
    media_type: str


@dataclass(frozen=True, kw_only=True)
class TableDigest:
    """The rows of one table: how many, and the SHA-256 over them as PostgreSQL writes them, by key."""

    rows: int
    sha256: str


def kept_objects(db: Session) -> Iterator[KeptObject]:
    """Yield every object that should be in the store, in the order of keys."""
    for row in db.execute(text(_OBJECTS)).mappings():
        yield KeptObject(**row)


def table_digests(db: Session) -> dict[str, TableDigest]:
    """Return the digest of every table, as this transaction sees it."""
    db.execute(text("SET LOCAL timezone TO 'UTC'"))
    tables = db.execute(text(_TABLES)).all()
    return {name: _digest(db, name, key) for name, key in tables}


def _digest(db: Session, table: str, key: list[str]) -> TableDigest:
    # Names come from the database's own catalogue.
    order = ", ".join(f'"{column}"' for column in key)
    driver = db.connection().connection.driver_connection
    if driver is None:
        raise ValueError("the session has no connection")
    digest, rows = hashlib.sha256(), 0
    with driver.cursor().copy(f'COPY (SELECT * FROM "{table}" ORDER BY {order}) TO STDOUT') as lines:
        for line in lines:
            digest.update(line)
            rows += 1
    return TableDigest(rows=rows, sha256=digest.hexdigest())


def hold_deletions(db: Session) -> None:
    """Keep everybody from deleting objects until this session's connection ends; waits for who is at it."""
    db.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})


def may_delete(db: Session) -> bool:
    """Say whether objects may be deleted in this transaction: not while a backup copies them."""
    asked = text("SELECT pg_try_advisory_xact_lock_shared(:lock)")
    return bool(db.scalar(asked, {"lock": LOCK}))
