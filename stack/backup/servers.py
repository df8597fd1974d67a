"""How a backup reaches rows and objects: through the servers of a running stack, or outside ones."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from stack.components.postgres import binary
from stack.errors import NotRunningError
from stack.folder import DataFolder
from stack.plan import make_postgres
from stack.state import read_state
from storage.objects.opening import open_store
from storage.objects.s3 import S3Store
from storage.settings import StorageSettings


@dataclass(frozen=True, kw_only=True)
class Servers:
    """Where rows and objects are."""

    database_url: str
    store: S3Store

    @property
    def libpq_url(self) -> str:
        """The database's address as libpq reads it, without the password."""
        parts = urlsplit(self.database_url.replace("postgresql+psycopg://", "postgresql://", 1))
        place = parts.netloc.rpartition("@")[2]
        user = parts.username or ""
        return parts._replace(netloc=f"{user}@{place}" if user else place).geturl()

    def environment(self) -> dict[str, str]:
        """The environment of PostgreSQL's own tools; a command line is seen by everybody."""
        password = urlsplit(self.database_url).password or ""
        return {"PATH": os.environ.get("PATH", ""), "PGPASSWORD": password, "PGTZ": "UTC"}


def servers_of(data: Path) -> Servers:
    """The servers of the stack that runs on a folder; outside ones are named as for `up`."""
    folder = DataFolder(data)
    state = read_state(folder)
    if state is None or not folder.is_held():
        raise NotRunningError(f"nothing runs on {folder.root}", f"start it: heritwin up --data {folder.root}")
    secrets = folder.load_secrets()
    ours = {program.name for program in state.programs}
    if "postgres" in ours:
        database = make_postgres(folder, secrets, state.ports).url()
    else:
        database = required("HERITWIN_DATABASE_URL", "its database")
    if "seaweedfs" in ours:
        endpoint, access, secret = (
            f"http://127.0.0.1:{state.ports['s3']}",
            secrets.s3_access_key,
            secrets.s3_secret_key,
        )
    else:
        endpoint = required("HERITWIN_S3_ENDPOINT", "its object store")
        access, secret = (
            os.environ.get("HERITWIN_S3_ACCESS_KEY", ""),
            os.environ.get("HERITWIN_S3_SECRET_KEY", ""),
        )
    return Servers(database_url=database, store=store_at(endpoint, state.s3_bucket, access, secret, database))


def servers_by(environment: Mapping[str, str]) -> Servers:
    """The servers that our own processes are told of."""
    database = environment["HERITWIN_DATABASE_URL"]
    store = store_at(
        environment["HERITWIN_S3_ENDPOINT"],
        environment["HERITWIN_S3_BUCKET"],
        environment["HERITWIN_S3_ACCESS_KEY"],
        environment["HERITWIN_S3_SECRET_KEY"],
        database,
    )
    return Servers(database_url=database, store=store)


def store_at(endpoint: str, bucket: str, access_key: str, secret_key: str, database_url: str) -> S3Store:
    """An object store by its address."""
    return open_store(
        StorageSettings(
            database_url=database_url,
            s3_endpoint=endpoint,
            s3_bucket=bucket,
            s3_access_key=access_key,
            s3_secret_key=SecretStr(secret_key),
        )
    )


def required(name: str, what: str) -> str:
    """A variable that must be there, because a server of this stack lies outside."""
    value = os.environ.get(name)
    if not value:
        raise NotRunningError(
            f"{what} is an outside one, and {name} is not set", f"set {name} as for `heritwin up`"
        )
    return value


def tool(name: str) -> str:
    """A program of PostgreSQL's, from the wheel."""
    return str(binary(name))
