"""Tokens in tile addresses, for viewers that can send neither cookie nor header.

A token is the same all day for one person and one version, so that caches in front of us work.
Layout, base64url without padding: 16 bytes person, 16 bytes version, 2 bytes day, 16 bytes of HMAC-SHA256.
It grants nothing by itself: what its person may read is asked of the database at every cache miss.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from service.errors import TokenExpiredError

_EPOCH = date(2020, 1, 1)
_PAYLOAD_BYTES = 34
_MAC_BYTES = 16
# A token made just before midnight must still serve a visit.
_GRACE = timedelta(hours=6)


@dataclass(frozen=True, kw_only=True)
class TileToken:
    """A person, the one version they were let to, and the UTC day it was given out."""

    person_id: UUID
    version_id: UUID
    day: date

    @property
    def expires(self) -> datetime:
        """Return the moment from which the token is refused."""
        return datetime.combine(self.day + timedelta(days=1), time(), UTC) + _GRACE

    def sign(self, secret: bytes) -> str:
        """Return the token's text."""
        payload = self.person_id.bytes + self.version_id.bytes + (self.day - _EPOCH).days.to_bytes(2, "big")
        return base64.urlsafe_b64encode(payload + _mac(secret, payload)).rstrip(b"=").decode()


def read_token(text: str, secret: bytes, now: datetime) -> TileToken:
    """Return what a token says, if it is ours and its time has not passed.

    Raises
    ------
    TokenExpiredError
        In both other cases: the way out is the same, and a stranger learns nothing.
    """
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused() from None
    payload, mac = raw[:_PAYLOAD_BYTES], raw[_PAYLOAD_BYTES:]
    if len(raw) != _PAYLOAD_BYTES + _MAC_BYTES or not hmac.compare_digest(mac, _mac(secret, payload)):
        raise _refused()
    token = TileToken(
        person_id=UUID(bytes=payload[:16]),
        version_id=UUID(bytes=payload[16:32]),
        day=_EPOCH + timedelta(days=int.from_bytes(payload[32:], "big")),
    )
    if now >= token.expires:
        raise _refused()
    return token


def _refused() -> TokenExpiredError:
    return TokenExpiredError("the tile address has expired", hint="ask for the version's endpoint again")


def _mac(secret: bytes, payload: bytes) -> bytes:
    return hmac.new(secret, b"heritwin tile token\0" + payload, hashlib.sha256).digest()[:_MAC_BYTES]
