"""Alembic's entry: it runs on the connection that `storage.migrate` hands over."""

from alembic import context

from storage.migrate import include_name
from storage.tables import metadata


def run() -> None:
    """Run the migrations, all in the transaction of the connection given."""
    connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=metadata(), include_name=include_name)
    with context.begin_transaction():
        context.run_migrations()


run()
