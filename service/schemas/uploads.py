"""Uploads: what is promised, where the parts go, what has arrived."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from service.schemas.common import Answer, Body, ControlPoint, Edtf, Json, Sha256
from service.schemas.jobs import JobRead
from service.schemas.versions import VersionRead

UploadState = Literal["open", "received", "verified", "refused", "abandoned"]
UpAxis = Literal["y", "z"]
_FIVE_TIB = 5 * 1024**4
_FIVE_GIB = 5 * 1024**3

FilePath = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f\\]+$")]


class FilePromise(Body):
    """One file to come. S3 holds objects of at most 5 TiB."""

    path: FilePath
    size_bytes: int = Field(ge=0, le=_FIVE_TIB)
    sha256: Sha256 | None = None


class UploadCreate(Body):
    """A new upload: which asset it is for, and its files."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "asset_id": "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10",
                    "represents_edtf": "2022-05",
                    "files": [{"path": "station-01.laz", "size_bytes": 73400320}],
                }
            ]
        }
    )

    asset_id: UUID
    capture_id: UUID | None = None
    represents_edtf: Edtf | None = None
    publish: bool = False
    part_size_bytes: int | None = Field(
        None, ge=5 * 1024**2, le=256 * 1024**2, description="Smaller parts for a line that breaks."
    )
    control: list[ControlPoint] | None = Field(None, max_length=1_000)
    up_axis: UpAxis | None = Field(None, description="Which axis of a mesh points up, as its sender knows.")
    unit_m: float | None = Field(
        None, gt=0, le=1000, description="Metres of one unit of a mesh: 0.001 for millimetres."
    )
    files: list[FilePromise] = Field(min_length=1, max_length=10_000)


class ReceivedPart(Answer):
    """A part that is there; `sha256` is what it was signed for."""

    number: int
    size_bytes: int
    sha256: str | None = None


class UploadFileRead(Answer):
    """One file of an upload. Every part but the last has `part_size_bytes`."""

    id: UUID
    path: str
    size_bytes: int
    sha256: str | None
    found_sha256: str | None = Field(None, description="What the server found when it hashed every byte.")
    part_size_bytes: int
    parts: int
    received: list[ReceivedPart]
    early: Json | None = Field(None, description="What its head and tail told: nothing else was looked at.")


class EarlyRead(Answer):
    """How far the early word is."""

    job_id: UUID
    state: str
    error: Json | None = None


class UploadRead(Answer):
    """An upload; `received` is filled when one upload is asked for."""

    id: UUID
    state: UploadState
    asset_id: UUID
    capture_id: UUID | None
    represents_edtf: str | None
    publish: bool
    up_axis: UpAxis | None
    unit_m: float | None
    size_bytes: int
    version_id: UUID | None
    error: Json | None = Field(None, description="Why it was refused: kind, message, both digests.")
    created_at: datetime
    early: EarlyRead | None = Field(
        None, description="Of the last look at heads and tails, if any was asked."
    )
    files: list[UploadFileRead]


class PartAsk(Body):
    """A part to send: its size and digest are signed into its address."""

    file_id: UUID
    number: int = Field(ge=1, le=10_000)
    size_bytes: int = Field(ge=0, le=_FIVE_GIB)
    sha256: Sha256


class PartsSign(Body):
    """Parts to be sent next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "parts": [
                        {
                            "file_id": "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10",
                            "number": 1,
                            "size_bytes": 16777216,
                            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        }
                    ]
                }
            ]
        }
    )

    parts: list[PartAsk] = Field(min_length=1, max_length=100)


class SignedPart(Answer):
    """Where a part goes, and the headers to send with it, exactly."""

    file_id: UUID
    number: int
    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires: datetime


class SignedParts(Answer):
    """The addresses of the parts asked for."""

    parts: list[SignedPart]


class SentPart(Body):
    """A part that was sent, and the ETag S3 answered."""

    file_id: UUID
    number: int = Field(ge=1, le=10_000)
    etag: Annotated[str, StringConstraints(max_length=200, pattern=r"^[\x21-\x7e]*$")]


class UploadComplete(Body):
    """That everything was sent; the parts may be left out, the server knows them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    parts: list[SentPart] | None = Field(None, max_length=100_000)


class UploadCompleted(Answer):
    """The upload, the draft it became, and the work that began."""

    upload: UploadRead
    version: VersionRead
    jobs: list[JobRead]


class PieceAsk(Body):
    """A head or a tail to send before the parts."""

    file_id: UUID
    offset_bytes: int = Field(ge=0, le=_FIVE_TIB)
    size_bytes: int = Field(ge=1, le=8 * 1024**2)
    sha256: Sha256


class PiecesSign(Body):
    """Heads and tails to be sent first: what the server looks at for its early word."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "pieces": [
                        {
                            "file_id": "0198a7c2-7b1e-7cc1-9d0a-3f1f6f2f9a10",
                            "offset_bytes": 0,
                            "size_bytes": 262144,
                            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                        }
                    ]
                }
            ]
        }
    )

    pieces: list[PieceAsk] = Field(min_length=1, max_length=100)


class SignedPiece(Answer):
    """Where a piece goes, and the headers to send with it, exactly."""

    file_id: UUID
    offset_bytes: int
    url: str
    method: Literal["PUT"] = "PUT"
    headers: dict[str, str]
    expires: datetime


class SignedPieces(Answer):
    """The addresses of the pieces asked for."""

    pieces: list[SignedPiece]
