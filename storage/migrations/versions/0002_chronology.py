"""Structure and time: statements with two time axes, and what they are made with."""

from storage.migrations.files import run_sql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the tables of structure and time, their rules, and the predicates everybody has."""
    for name in ("1_records", "2_rules"):
        run_sql(f"0002_{name}.sql")
