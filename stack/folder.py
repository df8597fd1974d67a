"""The data folder of one machine: where everything lies, whose it is, and who holds it now."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from stack.errors import AlreadyRunningError, DataFolderError, HalfRestoredError


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """Made at first start, kept in the folder, readable by its owner alone.

    `mark` is no secret: it stands in the environment of every process started on this folder, so that
    what an earlier run left behind can be told from everybody else's.
    """

    postgres_admin_password: str
    postgres_password: str
    valkey_password: str
    s3_access_key: str
    s3_secret_key: str
    secret: str
    mark: str


class DataFolder:
    """Paths below DATA, and the lock on it."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.logs = self.root / "logs"
        self.run = self.root / "run"
        self.work = self.root / "work"
        self.admin_key = self.root / "admin-key"
        self.secrets_file = self.root / "secrets.json"
        self.state_file = self.run / "state.json"
        self.ports_file = self.run / "ports.json"
        self.restoring = self.run / "restoring"

    def of(self, program: str) -> Path:
        """The folder of one server."""
        return self.root / program

    def prepare(self) -> None:
        """Make the folder, or refuse one that holds something else."""
        if self.root.exists() and any(self.root.iterdir()) and not self.run.is_dir():
            raise DataFolderError(
                f"{self.root} holds something that is not Heritwin's", "give an empty or a new folder"
            )
        try:
            # Others may pass through (the room's child has a uid of its own) but not look around.
            self.root.mkdir(mode=0o711, parents=True, exist_ok=True)
            for folder in (self.run, self.logs):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.work.mkdir(mode=0o711, exist_ok=True)
        except OSError as error:
            raise DataFolderError(f"{self.root} cannot be used: {error.strerror}") from error

    def require_whole(self) -> None:
        """Refuse a folder into which only half a backup was restored."""
        if self.restoring.exists():
            raise HalfRestoredError(
                f"the restore of {self.restoring.read_text().strip()} into {self.root} was cut short",
                "remove the folder, and restore again",
            )

    def load_secrets(self) -> Secrets:
        """Read the secrets, made first where there are none."""
        if not self.secrets_file.exists():
            made = Secrets(
                postgres_admin_password=secrets.token_hex(24),
                postgres_password=secrets.token_hex(24),
                valkey_password=secrets.token_hex(24),
                s3_access_key=secrets.token_hex(10),
                s3_secret_key=secrets.token_hex(24),
                secret=secrets.token_hex(32),
                mark=secrets.token_hex(12),
            )
            write_private(self.secrets_file, json.dumps(asdict(made), indent=1))
        return Secrets(**json.loads(self.secrets_file.read_text()))

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Be the only supervisor of this folder; the kernel lets go when we end, however we end."""
        with (self.run / "lock").open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                file.seek(0)
                raise AlreadyRunningError(
                    f"{self.root} is in use by the process {file.read().strip() or 'of another user'}",
                    f"see `heritwin status --data {self.root}`, or give another --data",
                ) from error
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            yield

    def is_held(self) -> bool:
        """Whether a supervisor runs on this folder."""
        path = self.run / "lock"
        if not path.exists():
            return False
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False


def write_private(path: Path, text: str) -> None:
    """Write a file only its owner reads, whole or not at all, and on the disk when this returns."""
    partial = path.with_name(path.name + ".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    # The new name too is on the disk only once its folder is.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
