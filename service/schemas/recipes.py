"""Recipes over clouds: measuring and cleaning."""

from pydantic import ConfigDict, Field, FiniteFloat, model_validator

from service.schemas.common import Answer, Body
from service.schemas.jobs import JobRead
from service.schemas.versions import DerivativeRead

_NEIGHBOURS = "Nearest points that each one is seen with."


class MeasureAsk(Body):
    """What to measure of a cloud: density, spacing, normals and roughness."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"cell_m": 0.5, "neighbours": 12}]})

    neighbours: int = Field(16, ge=1, le=200, description=_NEIGHBOURS)
    cell_m: FiniteFloat = Field(1.0, gt=0, le=1_000, description="Side of the cells of the density, metres.")
    sample: int = Field(
        1_000_000, ge=1, le=10_000_000, description="Points whose surroundings are looked at, spread evenly."
    )


class CleanAsk(Body):
    """How to clean a cloud: outliers first, then thinning; normals are those of the cloud before."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ratio": 2.0}, {"voxel_m": 0.005, "normals": True}]}
    )

    neighbours: int = Field(16, ge=1, le=200, description=_NEIGHBOURS)
    ratio: FiniteFloat | None = Field(
        None, gt=0, le=100, description="Standard deviations above the mean distance at which points go."
    )
    most_spacing_m: FiniteFloat | None = Field(
        None, gt=0, description="Mean distance to the neighbours above which points go, metres."
    )
    voxel_m: FiniteFloat | None = Field(
        None, gt=0, description="Side of the cubes in each of which one point stays, metres."
    )
    normals: bool = Field(False, description="Add normals and roughness as extra bytes.")

    @model_validator(mode="after")
    def _does_something(self) -> "CleanAsk":
        if self.ratio is self.most_spacing_m is self.voxel_m is None and not self.normals:
            raise ValueError("give ratio, most_spacing_m, voxel_m or normals")
        return self


class RecipeAnswer(Answer):
    """What was asked for, if it is there already; else the job that makes it: ask again when it has ended."""

    derivative: DerivativeRead | None = None
    job: JobRead | None = None
