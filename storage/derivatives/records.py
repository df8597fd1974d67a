"""Derivatives, as readers see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class DerivativeFile:
    """A file of a derivative."""

    path: str
    role: str
    media_type: str
    size_bytes: int
    sha256: str
    object_key: str


@dataclass(frozen=True, kw_only=True)
class Derivative:
    """What a recipe made; its bytes never change."""

    id: UUID
    organisation_id: UUID
    kind: str
    operation: str
    recipe_version: int
    parameters: dict[str, Any]
    state: str
    result: dict[str, Any] | None
    size_bytes: int | None
    created_at: datetime
    ready_at: datetime | None
    files: tuple[DerivativeFile, ...]
