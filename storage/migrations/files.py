"""Migrations that are written in SQL."""

from pathlib import Path

from alembic import op

FOLDER = Path(__file__).parent / "sql"


def run_sql(name: str) -> None:
    """Run the statements of `sql/<name>` on the migration's connection."""
    statements = (FOLDER / name).read_text(encoding="utf-8")
    # The driver's own cursor, without parameters: several statements at once, and no `%` or `:` is special.
    cursor = op.get_bind().connection.cursor()
    cursor.execute(statements)
    cursor.close()
