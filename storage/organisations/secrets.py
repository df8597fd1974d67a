"""Secrets: made at random, kept as SHA-256 only (32 random bytes need no slow hash)."""

import hashlib
import secrets

KEY_PREFIX = "ht_"


def new_key() -> str:
    """Return a key: `ht_` and 32 random bytes."""
    return KEY_PREFIX + secrets.token_urlsafe(32)


def new_token() -> str:
    """Return the token of a session or a login link: 32 random bytes."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return the SHA-256 by which a secret is kept and found."""
    return hashlib.sha256(secret.encode()).hexdigest()
