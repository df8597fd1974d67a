"""SeaweedFS's catalogue of names (its filer's store) in our own PostgreSQL, so that it outlives the power.

Its own LevelDB is not synced before an answer (strace: no fsync between a part and its 200); a row that
PostgreSQL has committed is. Measured by `python -m benchmarks.power`.
"""

import hashlib
import hmac
import json
from dataclasses import dataclass

from stack.components.postgres import Postgres

NAME = "filer"

# The statements are those of SeaweedFS's own filer.toml for its store "postgres2".
_CREATE = (
    'CREATE TABLE IF NOT EXISTS "%s" (dirhash BIGINT, name VARCHAR(65535), directory VARCHAR(65535), '
    "meta bytea, PRIMARY KEY (dirhash, name));"
)
_UPSERT = (
    'INSERT INTO "%[1]s" (dirhash, name, directory, meta) VALUES($1, $2, $3, $4) '
    "ON CONFLICT (dirhash, name) DO UPDATE SET directory = EXCLUDED.directory, meta = EXCLUDED.meta"
)


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """A database and a role of its own in a server of ours."""

    postgres: Postgres

    @property
    def password(self) -> str:
        """Drawn from the one secret we keep, so that the role reads no other database with it."""
        return hmac.new(self.postgres.password.encode(), NAME.encode(), hashlib.sha256).hexdigest()

    def ensure(self) -> None:
        """Make role and database."""
        self.postgres.ensure_owned(NAME, NAME, self.password)

    def settings(self) -> str:
        """What SeaweedFS reads as filer.toml."""
        values = {
            "enabled": True,
            "createTable": _CREATE,
            "hostname": "127.0.0.1",
            "port": self.postgres.port,
            "username": NAME,
            "password": self.password,
            "database": NAME,
            "schema": "",
            "sslmode": "disable",
            "connection_max_idle": 5,
            "connection_max_open": 20,
            "connection_max_lifetime_seconds": 0,
            "enableUpsert": True,
            "upsertQuery": _UPSERT,
        }
        # A JSON string is a TOML basic string, and so are its numbers and booleans.
        lines = [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        return "\n".join(["[leveldb2]", "enabled = false", "[postgres2]", *lines, ""])
