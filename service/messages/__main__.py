"""``python -m service.messages``: the catalogue as a page of the handbook, on stdout."""

import sys

from service.messages.english import ENGLISH
from service.messages.english_processing import PROCESSING
from service.messages.vietnamese import VIETNAMESE

HEAD = """# Failures by kind

Every failure has a kind that never changes, a message that names the value, and a hint. Messages come in
English and Vietnamese (`Accept-Language`). This page is written by `python -m service.messages`.
"""


def page() -> str:
    """The whole page, in the order of kinds."""
    work = sorted(PROCESSING)
    rest = sorted(ENGLISH.keys() - PROCESSING.keys())
    return "\n".join([HEAD, "## Of work on files", *_table(work), "", "## Of requests", *_table(rest), ""])


def _table(kinds: list[str]) -> list[str]:
    rows = ["", "| kind | means | what to do | tiếng Việt |", "|---|---|---|---|"]
    for kind in kinds:
        text = ENGLISH[kind]
        rows.append(f"| `{kind}` | {text.title} | {text.hint or ''} | {VIETNAMESE[kind].title} |")
    return rows


if __name__ == "__main__":
    sys.stdout.write(page())
