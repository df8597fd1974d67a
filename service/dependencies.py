"""What routes ask for: the services of the app, a database session, the caller."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Query, Request, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from service.disk import DiskWatch
from service.errors import AuthenticationRequiredError, BadOriginError
from service.events.board import JobBoard
from service.messages import Language, language_of
from service.metrics import Metrics
from service.settings import Settings
from service.tiles.serving import TileService
from storage.callers import ANONYMOUS, Caller
from storage.db import Sessions, transaction
from storage.errors import UnauthorizedError, UnavailableError
from storage.objects.s3 import S3Store
from storage.organisations import queries as organisations

SESSION_COOKIE = "heritwin_session"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything that lives as long as the app."""

    settings: Settings
    sessions: Sessions
    store: S3Store
    tiles: TileService
    board: JobBoard
    metrics: Metrics
    disk: DiskWatch


def services_of(request: Request) -> Services:
    """Return the services of the app that got the request."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


AppServices = Annotated[Services, Depends(services_of)]


def _session(request: Request, services: AppServices) -> Iterator[Session]:
    try:
        with transaction(services.sessions) as session:
            request.state.database = session
            yield session
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise unavailable(error) from error


def unavailable(error: Exception) -> UnavailableError:
    """Return the error for a database that does not answer; its address is not repeated."""
    return UnavailableError(
        f"the database does not answer ({type(error).__name__})", hint="try again in a minute"
    )


# The scope makes the commit come before the answer: without it a failed commit still answers 201.
Database = Annotated[Session, Depends(_session, scope="function")]


def bearer_key(authorization: str | None) -> str | None:
    """Return the key of an Authorization header, or None when there is no bearer key in it."""
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" and key.strip() else None


def authenticate(services: Services, key: str | None, cookie: str | None) -> Caller:
    """Return who asks, in a short transaction of its own.

    A cookie that has ended is no caller, not an error: a public page opened in an old browser still shows.

    Raises
    ------
    UnauthorizedError
        If a key was sent and is not a living one.
    """
    try:
        with transaction(services.sessions) as session:
            if key is not None:
                return organisations.authenticate_key(session, key)
            if cookie is not None:
                return organisations.authenticate_session(session, cookie)
    except UnauthorizedError:
        if key is not None:
            raise
    except (OperationalError, InterfaceError, PoolTimeoutError) as error:
        raise unavailable(error) from error
    return ANONYMOUS


def _anyone(request: Request, services: AppServices) -> Caller:
    key = bearer_key(request.headers.get("authorization"))
    cookie = request.cookies.get(SESSION_COOKIE)
    if key is None and cookie is not None:
        require_own_origin(request, services.settings)
    caller = authenticate(services, key, cookie)
    request.state.caller = caller
    return caller


def require_own_origin(request: Request, settings: Settings) -> None:
    """Refuse a write that another site's page made with our cookie.

    Browsers send `Origin` with every unsafe request, and `Sec-Fetch-Site` where they know it; neither can
    be set by a page.
    """
    if request.method in _SAFE_METHODS:
        return
    origin = request.headers.get("origin")
    if origin == settings.public_origin:
        return
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return
    raise BadOriginError(f"the origin {origin} may not write with a cookie of {settings.public_origin}")


Anyone = Annotated[Caller, Depends(_anyone)]


def _person(caller: Anyone) -> Caller:
    if caller.is_anonymous:
        raise AuthenticationRequiredError("this needs a key or a session")
    return caller


Person = Annotated[Caller, Depends(_person)]


def _open_to_pages(response: Response) -> None:
    # `*` takes no cookie, and a key would want a preflight, which is not answered: only what anybody may see.
    response.headers["Access-Control-Allow-Origin"] = "*"


OpenToPages = Depends(_open_to_pages)
"""Lets pages of any origin read the answer, as strangers read it."""


def _language(accept_language: Annotated[str | None, Header(include_in_schema=False)] = None) -> Language:
    return language_of(accept_language)


AskedLanguage = Annotated[Language, Depends(_language)]

Cursor = Annotated[str | None, Query(max_length=1_000, description="The `next` of the page before.")]
Limit = Annotated[int, Query(ge=1, le=200)]

Id = UUID
