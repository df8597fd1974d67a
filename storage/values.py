"""Checks of values that several subjects of this package share."""

import re
from collections.abc import Mapping
from typing import Any

from storage.errors import InvalidError

LANGUAGES = ("vi", "en")
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def require_code(code: str) -> str:
    """Return an organisation's code, or raise InvalidError."""
    if not _CODE.fullmatch(code):
        raise InvalidError(
            f"{code!r} is not a code", hint="lower-case letters, digits and hyphens, at most 63", code=code
        )
    return code


def require_name(name: Mapping[str, Any]) -> dict[str, str]:
    """Return a name in at least one of our languages, stripped, or raise InvalidError."""
    unknown = set(name) - set(LANGUAGES)
    if unknown:
        raise InvalidError(f"a name has no language {', '.join(sorted(unknown))}", hint="vi and en")
    given = {language: str(text).strip() for language, text in name.items() if text and str(text).strip()}
    if not given:
        raise InvalidError("a name is needed in vi or en", hint='{"vi": "…", "en": "…"}')
    return given


_ASSET_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def require_asset_name(name: str) -> str:
    """Return an asset's short name, or raise InvalidError."""
    if not _ASSET_NAME.fullmatch(name):
        raise InvalidError(
            f"{name!r} is not an asset's name", hint="lower-case letters, digits, dots, hyphens, at most 63"
        )
    return name
