"""The core: who, subjects, bytes, jobs, and what the database itself refuses."""

from storage.migrations.files import run_sql

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Make everything, on an empty database."""
    for name in ("0_extensions", "1_who", "2_bytes", "3_jobs", "4_rules"):
        run_sql(f"0001_{name}.sql")
