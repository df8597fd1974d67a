"""Sessions of browsers, login links, and who asks."""

from fastapi import APIRouter, Request, Response

from service.answers.organisations import me_read
from service.dependencies import SESSION_COOKIE, AppServices, Database, Person, require_own_origin
from service.schemas.organisations import LoginLinkRead, Me, PersonRead, SessionCreate, SessionRead
from storage.organisations import queries as organisations
from storage.organisations import sessions

router = APIRouter(prefix="/v1", tags=["sessions"])


@router.post("/sessions", status_code=201)
def open_session(
    body: SessionCreate, request: Request, response: Response, services: AppServices, db: Database
) -> SessionRead:
    """Exchange a key, or the token of a login link, for a session cookie."""
    if "origin" in request.headers:
        # A page of another site must not sign its visitor in as somebody else.
        require_own_origin(request, services.settings)
    opened = sessions.open_session(db, key=body.key, link=body.link)
    assert opened.caller.person_id is not None
    response.set_cookie(
        SESSION_COOKIE,
        opened.token,
        expires=opened.expires_at,
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.settings.is_secure,
    )
    person = PersonRead(id=opened.caller.person_id, name=opened.caller.name or "")
    return SessionRead(person=person, expires=opened.expires_at)


@router.delete("/sessions/current", status_code=204)
def close_session(caller: Person, response: Response, services: AppServices, db: Database) -> None:
    """End the session of the cookie; asked with a key, only the cookie is taken back."""
    sessions.close_session(db, caller)
    response.delete_cookie(
        SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=services.settings.is_secure
    )


@router.post("/login-links", status_code=201)
def create_login_link(caller: Person, services: AppServices, db: Database) -> LoginLinkRead:
    """Make an address that signs in the browser it is opened in: once, within ten minutes."""
    link = sessions.create_login_link(db, caller)
    # After the #, so that it reaches no server, log or Referer.
    return LoginLinkRead(url=f"{services.settings.public_origin}/login#{link.token}", expires=link.expires_at)


@router.get("/me")
def me(caller: Person, db: Database) -> Me:
    """Say who asks, and what they may do."""
    return me_read(organisations.me(db, caller))
