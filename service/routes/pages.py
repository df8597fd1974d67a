"""The pages: files built from `viewer/`, and one index for every address of theirs."""

import re
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from service.dependencies import AppServices, Database, Services
from storage.callers import ANONYMOUS
from storage.errors import NotFoundError
from storage.subjects import queries as subjects

router = APIRouter(include_in_schema=False)

_CODE_PATH = re.compile(r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")

_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Heritwin</title>
<h1>Heritwin</h1><p>The API runs, but its pages were not built.</p>
<p>Build them with <code>make pages</code> (or <code>npm ci &amp;&amp; npm run build</code> in
<code>viewer/</code>), then load this page again.</p>
<p lang="vi">API đang chạy nhưng các trang chưa được dựng.</p>
"""


def _index(services: Services) -> Response:
    """Return the pages' index; what it shows is decided in the browser, by what the API answers."""
    index = services.settings.static_dir / "index.html"
    if not index.is_file():
        return HTMLResponse(_MISSING, status_code=200, headers={"Cache-Control": "no-store"})
    return FileResponse(index, media_type="text/html; charset=utf-8", headers={"Cache-Control": "no-cache"})


@router.get("/")
@router.get("/login")
@router.get("/upload")
@router.get("/embed/{version_id}")
def page(services: AppServices) -> Response:
    """A page."""
    return _index(services)


@router.get("/s/{path:path}")
def permanent_address(path: str, request: Request, services: AppServices, db: Database) -> Response:
    """The page of a subject or of a pinned version; an old code of a public subject leads to the new one."""
    code, slash, rest = path.partition("/")
    new_code = _moved_to(db, code) if _CODE_PATH.match(code) else None
    if new_code is not None:
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"/s/{new_code}{slash}{rest}{query}", status_code=308)
    return _index(services)


def _moved_to(db: Session, code: str) -> str | None:
    """Return today's path of a subject asked for by an old one.

    Only what anybody may see: a redirect must not tell that a private subject exists. The page itself asks
    again with the visitor's session.
    """
    try:
        found = subjects.get_by_path(db, ANONYMOUS, code)
    except NotFoundError:
        return None
    return found.subject.path if found.moved else None


@router.get("/assets/{path:path}")
async def asset(path: str, services: AppServices) -> Response:
    """A script, style or font; its name holds its digest, so it never changes."""
    file = await run_in_threadpool(_static_file, services.settings.static_dir / "assets", path)
    return FileResponse(file, headers={"Cache-Control": "public, max-age=31536000, immutable"})


@router.get("/favicon.svg")
@router.get("/favicon.ico")
@router.get("/robots.txt")
async def root_file(request: Request, services: AppServices) -> Response:
    """A file that browsers look for at the root."""
    name = request.url.path.removeprefix("/")
    file = await run_in_threadpool(_static_file, services.settings.static_dir, name)
    return FileResponse(file, headers={"Cache-Control": "public, max-age=3600"})


def _static_file(folder: Path, path: str) -> Path:
    """Return a file inside `folder`; nothing outside it, by whatever name."""
    try:
        file = (folder / path).resolve()
        if file.is_relative_to(folder.resolve()) and file.is_file():
            return file
    except (OSError, ValueError):
        # No file system takes such a name: with NUL in it, or too long.
        pass
    raise NotFoundError.of("page", path[:200])
