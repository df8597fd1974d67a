"""Where a version can be streamed from."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from service.errors import AuthenticationRequiredError, NoTilesYetError, NotPlacedError, NotPublicError
from service.schemas.versions import EndpointRead
from service.settings import Settings
from service.tiles.tokens import TileToken
from storage import clock
from storage.callers import Caller
from storage.derivatives import queries as derivatives
from storage.derivatives.records import Derivative
from storage.placements import queries as placements
from storage.versions import queries as versions
from storage.versions.records import Version

Access = Literal["public", "session", "token"]


def find_endpoint(
    db: Session, settings: Settings, caller: Caller, version: Version, access: Access | None, *, placed: bool
) -> EndpointRead:
    """Return the address of a version's tileset, in the way asked for."""
    derivative, quality = _best(db, version.id)
    is_public = versions.may_be_public(db, version.id)
    way = access or ("public" if is_public else "session")
    if way == "public" and not is_public:
        raise NotPublicError(f"version {version.id} is not published under a public root", version=version.id)
    prefix, expires = _prefix(settings, caller, version.id, way)
    root = f"placed/{_placement(db, version.id)}/tileset.json" if placed else "tileset.json"
    return EndpointRead(
        url=f"{settings.public_origin}/t/{prefix}/{derivative.id}/{root}",
        quality=quality,
        expires=expires,
        derivative_id=derivative.id,
        access=way,
    )


def _best(db: Session, version_id: UUID) -> tuple[Derivative, Literal["preview", "full"]]:
    tileset = derivatives.current(db, version_id, "tileset")
    if tileset is not None:
        return tileset, "full"
    preview = derivatives.current(db, version_id, "preview")
    if preview is None:
        raise NoTilesYetError(f"version {version_id} has no tiles yet", version=version_id)
    return preview, "preview"


def _prefix(settings: Settings, caller: Caller, version_id: UUID, way: Access) -> tuple[str, datetime | None]:
    if way == "public":
        return "public", None
    if way == "session":
        return "s", None
    if caller.person_id is None:
        raise AuthenticationRequiredError("a token is given to a known person: send a key")
    token = TileToken(person_id=caller.person_id, version_id=version_id, day=clock.now().date())
    return token.sign(settings.secret.get_secret_value().encode()), token.expires


def _placement(db: Session, version_id: UUID) -> UUID:
    placement = placements.current_placement(db, version_id)
    if placement is None or placement.state != "accepted":
        raise NotPlacedError(f"version {version_id} has no accepted placement", version=version_id)
    return placement.id
