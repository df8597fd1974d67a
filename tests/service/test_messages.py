"""The catalogue has a text for every kind, in both languages."""

import pytest

from processing.errors import KINDS
from service.errors import EdgeError
from service.messages import CATALOGUE
from service.problems import _KIND_OF_STATUS
from service.statuses import STATUS
from storage.all_errors import error_classes
from workers.errors import KINDS as WORKER_KINDS


def below(base: type[Exception]) -> set[type[Exception]]:
    """Return a class and every class under it that the server may raise."""
    found = {base}
    for child in base.__subclasses__():
        found |= below(child)
    return {each for each in found if not each.__name__.startswith("_")}


ERRORS = sorted(set(error_classes()) | below(EdgeError), key=lambda each: each.__name__)
SPOKEN = sorted(
    {each.kind for each in ERRORS}
    | KINDS
    | WORKER_KINDS
    | set(_KIND_OF_STATUS.values())
    | {"internal", "invalid-request"}
)


@pytest.mark.parametrize("error", ERRORS, ids=lambda each: each.__name__)
def test_it_has_a_status_for_every_error(error: type[Exception]) -> None:
    assert error in STATUS


@pytest.mark.parametrize("kind", SPOKEN)
@pytest.mark.parametrize("language", ["en", "vi"])
def test_it_has_a_text_for_every_kind(language: str, kind: str) -> None:
    text = CATALOGUE[language].get(kind)
    assert text is not None
    assert text.title.strip()


def test_it_says_the_same_things_in_both_languages() -> None:
    english, vietnamese = CATALOGUE["en"], CATALOGUE["vi"]
    assert english.keys() == vietnamese.keys()
    assert {k for k, t in english.items() if t.hint} == {k for k, t in vietnamese.items() if t.hint}


def test_it_translates_every_title() -> None:
    same = {kind for kind, text in CATALOGUE["en"].items() if text.title == CATALOGUE["vi"][kind].title}
    assert same == set()
