"""What a reader of the audit sees."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class AuditEntry:
    """One thing done."""

    id: UUID
    at: datetime
    action: str
    object_type: str
    object_id: UUID
    organisation_id: UUID | None
    person_id: UUID | None
    key_id: UUID | None
    agent: str | None
    details: dict[str, Any]
