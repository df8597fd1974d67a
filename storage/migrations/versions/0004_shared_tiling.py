"""Shared tiling: parts and work of several workers, and files that lie elsewhere."""

from storage.migrations.files import run_sql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Allow parts and work among derivatives, and let a file name its object."""
    run_sql("0004_shared_tiling.sql")
