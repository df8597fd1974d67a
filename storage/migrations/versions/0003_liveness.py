"""Who is alive: workers that have left, and the dispatcher's own word."""

from storage.migrations.files import run_sql

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Let a worker say that it has left, and give the dispatcher a row."""
    run_sql("0003_liveness.sql")
