"""The handbook's page of failures says what the catalogue says."""

from pathlib import Path

from service.messages.__main__ import page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "failures.md"


def test_it_is_written_anew_when_the_catalogue_changes():
    assert PAGE.read_text("utf-8") == page(), "run: python -m service.messages > docs/failures.md"
