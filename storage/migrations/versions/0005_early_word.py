"""The early word on an upload: heads and tails of its files, and what they told."""

from storage.migrations.files import run_sql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add the pieces of files, and what was said of a file early."""
    run_sql("0005_early_word.sql")
