"""Whether a derivative belongs to a version, whoever asks."""

from uuid import UUID

from sqlalchemy.orm import Session

from storage.derivatives.tables import VersionDerivativeRow


def belongs_to(db: Session, derivative_id: UUID, version_id: UUID) -> bool:
    """Say whether the derivative was made of, or is shared by, this version."""
    return db.get(VersionDerivativeRow, (version_id, derivative_id)) is not None
