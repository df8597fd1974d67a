"""`heritwin service`: a systemd unit that starts the stack with the machine and again when it fails."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from stack.components.program import BEFORE_OTHERS, CHECKOUT
from stack.errors import OptionsError, ProgramFailedError
from stack.failures import failing_known

app = typer.Typer(no_args_is_help=True, help="Run as a service of this machine (systemd).")

SYSTEM_FOLDER = Path("/etc/systemd/system")
USER_FOLDER = Path(".config/systemd/user")
STOP_S = 120  # supervisor.py: door 10 s, API and workers 40 s, servers 10 s, then settling on the disk


@dataclass(frozen=True, kw_only=True)
class Unit:
    """What the unit runs, as whom."""

    name: str
    data: Path
    arguments: tuple[str, ...]
    is_system: bool
    account: str | None

    @property
    def path(self) -> Path:
        """Where the unit lies."""
        folder = SYSTEM_FOLDER if self.is_system else Path.home() / USER_FOLDER
        return folder / f"{self.name}.service"

    def text(self) -> str:
        """The unit; it holds no secret."""
        command = [sys.executable, "-P", "-m", "stack", "up", "--data", str(self.data), *self.arguments]
        account = [f"User={self.account}"] if self.is_system and self.account else []
        lines = [
            "[Unit]",
            f"Description=Heritwin on {escaped(str(self.data))}",
            "After=network-online.target",
            "Wants=network-online.target",
            "# A folder that cannot be started is not tried for ever.",
            "StartLimitIntervalSec=600",
            "StartLimitBurst=5",
            "",
            "[Service]",
            "Type=exec",
            *account,
            f"WorkingDirectory={escaped(CHECKOUT)}",
            f"ExecStart={' '.join(quoted(word) for word in command)}",
            "Restart=on-failure",
            "RestartSec=5",
            "# The supervisor stops its programs in order; what it leaves after that long is killed.",
            "KillMode=mixed",
            f"TimeoutStopSec={STOP_S}",
            "LimitNOFILE=65536",
            *([f"LimitNICE={BEFORE_OTHERS}"] if self.is_system else []),
            "UMask=0022",
            "",
            "[Install]",
            f"WantedBy={'multi-user.target' if self.is_system else 'default.target'}",
            "",
        ]
        return "\n".join(lines)


def escaped(text: str) -> str:
    """A value in which systemd replaces nothing."""
    return text.replace("%", "%%")


def quoted(word: str) -> str:
    """One word of a command, as systemd reads it: no variable, no specifier, spaces kept."""
    inner = escaped(word).replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{inner}"' if inner == "" or any(c in inner for c in " \t\"'\\;") else inner


IS_ROOT = os.geteuid() == 0
Name = Annotated[str, typer.Option(help="Name of the unit.")]
System = Annotated[
    bool, typer.Option("--system/--user", help="For the whole machine (root), or for yourself.")
]


@app.command("install")
@failing_known
def install(
    data: Annotated[Path, typer.Option(help="Folder that holds everything this machine keeps.")] = Path(
        "var"
    ),
    host: Annotated[str | None, typer.Option(help="As for `heritwin up`.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="As for `heritwin up`.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="As for `heritwin up`.")] = None,
    name: Name = "heritwin",
    system: System = IS_ROOT,
    account: Annotated[
        str | None, typer.Option("--as", help="Account of a system unit; root if none.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the unit, and change nothing.")] = False,
) -> None:
    """Write the unit, enable it and start it."""
    options = {"--host": host, "--port": port, "--workers": workers}
    given = tuple(word for key, value in options.items() if value is not None for word in (key, str(value)))
    unit = Unit(name=name, data=data.absolute(), arguments=given, is_system=system, account=account)
    if dry_run:
        typer.echo(f"# {unit.path}\n{unit.text()}", nl=False)
        return
    require_rights(unit)
    unit.path.parent.mkdir(parents=True, exist_ok=True)
    unit.path.write_text(unit.text(), encoding="utf-8")
    typer.echo(f"Wrote {unit.path}")
    if systemctl(unit, "daemon-reload") and systemctl(unit, "enable", "--now", f"{name}.service"):
        typer.echo(f"Enabled and started; see: systemctl {scope(unit)}status {name}")
    if not system:
        typer.echo("So that it runs while you are logged out: loginctl enable-linger")


@app.command("uninstall")
@failing_known
def uninstall(name: Name = "heritwin", system: System = IS_ROOT) -> None:
    """Stop and disable the unit and remove it; the data folder stays."""
    unit = Unit(name=name, data=Path("."), arguments=(), is_system=system, account=None)
    if not unit.path.exists():
        raise OptionsError(f"{unit.path} is not there", "is it a unit of --user, or of --system?")
    require_rights(unit)
    systemctl(unit, "disable", "--now", f"{name}.service")
    unit.path.unlink()
    systemctl(unit, "daemon-reload")
    typer.echo(f"Removed {unit.path}; the data stays where it is")


def require_rights(unit: Unit) -> None:
    """Only root may touch the machine's own units."""
    if unit.is_system and os.geteuid() != 0:
        raise OptionsError(f"{unit.path} is root's to write", "run it with sudo, or give --user")


def scope(unit: Unit) -> str:
    """The word that tells systemctl whose units are meant."""
    return "" if unit.is_system else "--user "


def systemctl(unit: Unit, *words: str) -> bool:
    """Tell systemd; where none runs (a container), say what is left to do."""
    program = shutil.which("systemctl")
    command = ["systemctl", *scope(unit).split(), *words]
    if program is None or not Path("/run/systemd/system").is_dir():
        typer.echo(f"systemd does not run here; where it does: {' '.join(command)}", err=True)
        return False
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ProgramFailedError(f"`{' '.join(command)}` failed", done.stderr.strip()[-500:])
    return True
