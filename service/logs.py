"""Logs: JSON lines by structlog, the request id bound once; tokens and keys are masked."""

import logging
import re
import sys
from collections.abc import Mapping

import structlog

_TOKEN_IN_PATH = re.compile(r"^/t/(?!public/|s/)[^/]+")
_KEY = re.compile(r"ht_[A-Za-z0-9_-]{8,}")


def masked(text: str) -> str:
    """Return a path or message without the tile token or any key in it."""
    return _KEY.sub("ht_…", _TOKEN_IN_PATH.sub("/t/…", text))


def _mask_strings(_: object, __: str, event: Mapping[str, object]) -> Mapping[str, object]:
    return {name: masked(value) if isinstance(value, str) else value for name, value in event.items()}


def configure(level: str) -> None:
    """Send our events, and the libraries' warnings, to stderr as one JSON object a line."""
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _mask_strings,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=_to_stderr,
    )


def _to_stderr(*_: object) -> structlog.WriteLogger:
    """Return a logger for where stderr leads at this moment."""
    return structlog.WriteLogger(sys.stderr)
