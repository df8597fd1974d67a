"""A program to run: its command, environment and the question whether it is ready."""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

BEFORE_OTHERS, BEHIND_OTHERS = -5, 5
"""`nice` of what people wait for, and of work that takes minutes whoever waits."""
LAUNCHER = Path(__file__).with_name("launch.py")


@dataclass(frozen=True, kw_only=True)
class Program:
    """One process of the stack.

    `is_ready` may block for a few seconds and answers False (never raises) while the program is not ready.
    `mode` is one of launch.py's. `nice` is its place in the queue for the processor: below 0 before others,
    where the machine lets us, above 0 behind them. `stop_s` is how long a stop signal may take before SIGKILL
    follows.
    """

    name: str
    command: tuple[str, ...]
    is_ready: Callable[[], bool]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    stop_signal: signal.Signals = signal.SIGTERM
    stop_s: float = 10.0
    start_s: float = 60.0
    mode: str = "plain"
    nice: int = 0

    def launch_command(self) -> list[str]:
        """The command behind the launcher, to be started by this very process (it dies with it)."""
        words = (str(os.getpid()), self.mode, str(self.nice))
        return [sys.executable, "-I", "-S", str(LAUNCHER), *words, *self.command]

    def launch_environment(self) -> dict[str, str]:
        """What the program sees: the few inherited names it needs, and its own."""
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        owned = {"HERITWIN_LAUNCH_OWNED_FOLDER": str(self.folder)} if self.mode == "unroot" else {}
        return {**inherited, "PYTHONPATH": CHECKOUT, **self.environment, **owned}


# Our own programs come from the checkout that starts them, whichever is installed.
CHECKOUT = str(Path(__file__).resolve().parents[2])

# Everything else stays outside, so that a stray variable of the operator's shell changes nothing.
INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
)
