"""The axis and the unit that senders state."""

from storage.migrations.files import run_sql

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Keep them with uploads and versions."""
    run_sql("0007_stated.sql")
