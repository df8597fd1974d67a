"""Texts for people, by kind, in English and Vietnamese."""

import string
from collections.abc import Mapping
from typing import Any, Literal

from service.messages.english import ENGLISH
from service.messages.text import Text
from service.messages.vietnamese import VIETNAMESE

Language = Literal["en", "vi"]

CATALOGUE: Mapping[Language, Mapping[str, Text]] = {"en": ENGLISH, "vi": VIETNAMESE}


def language_of(accept_language: str | None) -> Language:
    """Return the better liked of our two languages, by RFC 9110 section 12.5.4; English when unsaid."""
    best: Language = "en"
    best_weight = 0.0
    for item in (accept_language or "").split(","):
        tag, _, parameters = item.strip().partition(";")
        weight = _weight(parameters)
        primary = tag.strip().lower().split("-")[0]
        if primary in ("en", "vi") and weight > best_weight:
            best, best_weight = ("vi" if primary == "vi" else "en"), weight
    return best


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


def text_of(kind: str, language: Language) -> Text:
    """Return the text of a kind; an unlisted kind (a test forbids it) reads as itself."""
    return CATALOGUE[language].get(kind) or Text(title=kind)


def detail_of(kind: str, language: Language, message: str, details: Mapping[str, Any]) -> str:
    """Return the sentence that names the values: the catalogue's if its blanks can be filled, else `message`.

    The message that came with the error is English and always names its values.
    """
    template = text_of(kind, language).detail
    if template is None:
        return message
    needed = {name for _, name, _, _ in string.Formatter().parse(template) if name}
    if not needed <= details.keys():
        return message
    return template.format_map({name: details[name] for name in needed})
