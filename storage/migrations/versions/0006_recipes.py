"""Recipes over clouds: measures, and cleaned clouds, among derivatives."""

from storage.migrations.files import run_sql

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Allow measures and cleaned clouds."""
    run_sql("0006_recipes.sql")
