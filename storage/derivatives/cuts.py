"""People ask for a part of a cloud: a cut is made once, straight from the version's COPC file."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from storage.callers import Caller
from storage.derivatives.errors import NothingToCutError
from storage.derivatives.recipes import Recipe, RecipeAnswer, request_made
from storage.jobs.kinds import CUT

KIND = "cut"
# Somebody waits for it, and it reads little: before tiles, after what tells whether an upload is good.
PRIORITY = 70
CUTTING = Recipe(kind=KIND, operation=CUT, priority=PRIORITY, refusal=NothingToCutError)


def request_cut(db: Session, caller: Caller, version_id: UUID, ask: Mapping[str, Any]) -> RecipeAnswer:
    """Answer a cut of a version, or insert the job that makes it (contributors).

    ``ask`` holds ``box`` or ``prism``, ``coordinates`` and ``spacing_m``; with the version's own frame they
    are the parameters by which the cut is found again.
    """
    return request_made(db, caller, version_id, CUTTING, ask)
