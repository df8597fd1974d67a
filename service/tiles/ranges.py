"""Byte ranges and validators of a request (RFC 9110 sections 13 and 14)."""

import re

from service.errors import RangeNotSatisfiableError

_RANGE = re.compile(r"^bytes=(\d{0,18})-(\d{0,18})$")


def asked_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Return (first, length) of the one range asked; None when the whole content is to be sent.

    Several ranges, other units and malformed headers are ignored, as the RFC allows.

    Raises
    ------
    RangeNotSatisfiableError
        If the range begins beyond the end.
    """
    match = _RANGE.match(header.strip()) if header else None
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = min(int(match[2]), size_bytes)
        first = size_bytes - length
    else:
        first = int(match[1])
        last = min(int(match[2]), size_bytes - 1) if match[2] else size_bytes - 1
        if match[2] and int(match[2]) < first:
            return None
        length = last - first + 1
    if first >= size_bytes or length <= 0:
        raise RangeNotSatisfiableError(
            f"the range {header} begins beyond the {size_bytes} bytes there are", size_bytes=size_bytes
        )
    return first, length


def matches_etag(header: str | None, etag: str) -> bool:
    """Say whether `If-None-Match` names the content we would send."""
    if not header:
        return False
    names = [name.strip().removeprefix("W/") for name in header.split(",")]
    return "*" in names or etag in names
