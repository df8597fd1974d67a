"""Cuts: a box or a prism out of a cloud."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, FiniteFloat

from service.schemas.common import Answer, Body
from service.schemas.jobs import JobRead
from service.schemas.versions import DerivativeRead

MAX_CORNERS = 500
Corner = Annotated[list[FiniteFloat], Field(min_length=2, max_length=2)]


class PrismAsk(Body):
    """An upright prism: its outline in plan, and from where to where it reaches."""

    polygon: list[Corner] = Field(
        min_length=1,
        max_length=MAX_CORNERS,
        description="[x, y] of each corner, in walking order.",
    )
    bottom: FiniteFloat | None = Field(None, description="Lowest height; open below where it is left out.")
    top: FiniteFloat | None = Field(None, description="Greatest height; open above where it is left out.")


class CutAsk(Body):
    """What to cut out: either a box or a prism."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"box": [-2.0, -1.5, 0.0, 3.0, 1.5, 4.2]},
                {
                    "prism": {"polygon": [[0, 0], [6.5, 0], [6.5, 4], [0, 4]], "bottom": 0.2, "top": 3},
                    "spacing_m": 0.01,
                },
                {"box": [559000.0, 1820000.0, 0.0, 559010.0, 1820010.0, 30.0], "coordinates": "crs"},
            ]
        }
    )

    box: Annotated[list[FiniteFloat], Field(min_length=6, max_length=6)] | None = Field(
        None, description="x0, y0, z0, x1, y1, z1: the lower corner first."
    )
    prism: PrismAsk | None = None
    coordinates: Literal["frame", "crs"] = Field(
        "frame",
        description="`frame`: metres of the version's own frame, as its `bounds`; `crs`: the file's own.",
    )
    spacing_m: FiniteFloat | None = Field(
        None, gt=0, le=1_000, description="Points closer to each other than this are not needed, metres."
    )


class CutAnswer(Answer):
    """The cut, if it is there already; else the job that makes it: ask again when it has ended."""

    derivative: DerivativeRead | None = None
    job: JobRead | None = None
