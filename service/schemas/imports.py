"""Record files taken in."""

from datetime import datetime
from uuid import UUID

from pydantic import ConfigDict, Field

from service.schemas.common import Answer, Body
from service.schemas.subjects import Visibility
from storage.chronology.importing.file import RecordFile


class ImportCreate(Body):
    """A record file for an organisation; roots it makes are private unless `visibility` says otherwise."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "organisation_id": "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10",
                    "records": RecordFile.model_config["json_schema_extra"]["examples"][0],  # type: ignore[index]  # our own dict
                }
            ]
        }
    )

    organisation_id: UUID
    visibility: Visibility = "private"
    records: RecordFile


class ImportCounts(Answer):
    """How many of a sort were added, and how many were there and said the same."""

    added: int
    kept: int


class ImportRead(Answer):
    """A record file taken in."""

    id: UUID
    organisation_id: UUID
    digest: str = Field(description="SHA-256 of its content.")
    states_recorded: bool
    counts: dict[str, ImportCounts]
    created_at: datetime
    was_there: bool = Field(description="The same content was taken in before; nothing was done.")
