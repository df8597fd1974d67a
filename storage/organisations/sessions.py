"""Sessions of browsers, and links that open one once."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage.audit.commands import record
from storage.callers import Caller
from storage.clock import now
from storage.errors import InvalidError, UnauthorizedError
from storage.ids import new_id
from storage.organisations.errors import KeyUnknownError
from storage.organisations.queries import caller_of_key, key_is_live
from storage.organisations.records import NewLoginLink, NewSession
from storage.organisations.secrets import digest, new_token
from storage.organisations.tables import KeyRow, LoginLinkRow, SessionRow

SESSION_LASTS = timedelta(hours=12)
LINK_LASTS = timedelta(minutes=10)


def open_session(db: Session, *, key: str | None = None, link: str | None = None) -> NewSession:
    """Exchange a key, or a login link that was never used, for a session."""
    if (key is None) == (link is None):
        raise InvalidError("a session is opened with a key or with a link, one of them")
    row = _key_row(db, key) if key is not None else _key_of_link(db, str(link))
    token = new_token()
    made = SessionRow(id=new_id(), key_id=row.id, digest=digest(token), expires_at=now() + SESSION_LASTS)
    db.add(made)
    db.flush()
    caller = caller_of_key(db, row, session_id=made.id)
    record(db, "session.opened", "session", made.id, organisation_id=row.organisation_id, caller=caller)
    return NewSession(session_id=made.id, token=token, expires_at=made.expires_at, caller=caller)


def _key_row(db: Session, key: str) -> KeyRow:
    row = db.scalar(select(KeyRow).where(KeyRow.digest == digest(key), key_is_live()))
    if row is None:
        raise KeyUnknownError("this key is unknown, expired or revoked", hint="ask an admin for a new key")
    return row


def _key_of_link(db: Session, token: str) -> KeyRow:
    # One conditional UPDATE: of two browsers with the same link, one finds a row.
    key_id: UUID | None = db.scalar(
        update(LoginLinkRow)
        .where(
            LoginLinkRow.digest == digest(token),
            LoginLinkRow.used_at.is_(None),
            LoginLinkRow.expires_at > func.now(),
        )
        .values(used_at=func.now())
        .returning(LoginLinkRow.key_id)
    )
    row = db.scalar(select(KeyRow).where(KeyRow.id == key_id, key_is_live())) if key_id else None
    if row is None:
        raise KeyUnknownError("this login link was used or has expired", hint="ask for a new link")
    return row


def close_session(db: Session, caller: Caller) -> None:
    """End the caller's session; nothing for a caller by key."""
    if caller.session_id is None:
        return
    db.execute(update(SessionRow).where(SessionRow.id == caller.session_id).values(revoked_at=func.now()))
    record(db, "session.closed", "session", caller.session_id, organisation_id=None, caller=caller)


def create_login_link(db: Session, caller: Caller) -> NewLoginLink:
    """Make a link that opens one session of the caller's key, once, within ten minutes."""
    if caller.key_id is None:
        raise UnauthorizedError("a login link needs a key", hint="send a key")
    token = new_token()
    row = LoginLinkRow(id=new_id(), key_id=caller.key_id, digest=digest(token), expires_at=now() + LINK_LASTS)
    db.add(row)
    db.flush()
    record(db, "login-link.created", "key", caller.key_id, organisation_id=None, caller=caller)
    return NewLoginLink(token=token, expires_at=row.expires_at)
