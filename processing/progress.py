"""Progress of a step: a bar on a terminal, JSON lines otherwise, at most four a second."""

from __future__ import annotations

import json
import sys
import time
from typing import TextIO

MIN_INTERVAL_S = 0.25
BAR_WIDTH = 28


class Progress:
    """Tells how far the current stage is; unit is what is counted (points, tiles, bytes)."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream if stream is not None else sys.stderr
        self._bar = self._stream.isatty()
        self._stage = ""
        self._unit = ""
        self._done = 0
        self._total: int | None = None
        self._told_s = 0.0
        self._told = 0
        self._open_line = False

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Begin a stage; total is None where it cannot be known beforehand."""
        self._end_stage()
        self._stage, self._total, self._unit, self._done = name, total, unit, 0
        self._tell(force=True)

    def advance(self, n: int = 1) -> None:
        """Count n more of the stage's unit as done."""
        self._done += n
        self._tell(force=self._total is not None and self._done >= self._total)

    def close(self) -> None:
        """Tell where the last stage ended, and leave the terminal on a fresh line."""
        self._end_stage()

    def _tell(self, *, force: bool) -> None:
        now_s = time.monotonic()
        if not force and now_s - self._told_s < MIN_INTERVAL_S:
            return
        self._told_s, self._told = now_s, self._done
        self._stream.write(self._bar_text() if self._bar else self._json_text())
        self._stream.flush()

    def _json_text(self) -> str:
        line = {"stage": self._stage, "done": self._done, "total": self._total, "unit": self._unit}
        return json.dumps(line) + "\n"

    def _bar_text(self) -> str:
        self._open_line = True
        count = f"{self._done:,}" + (f" / {self._total:,}" if self._total is not None else "")
        filled = round(BAR_WIDTH * min(1.0, self._done / self._total)) if self._total else 0
        bar = "█" * filled + "·" * (BAR_WIDTH - filled)
        return f"\r\x1b[2K{self._stage:<14} {bar} {count} {self._unit}"

    def _end_stage(self) -> None:
        if self._told != self._done:
            self._tell(force=True)
        if self._open_line:
            self._stream.write("\n")
            self._open_line = False


class SilentProgress(Progress):
    """Progress that nobody watches."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Begin a stage, in silence."""

    def advance(self, n: int = 1) -> None:
        """Count, in silence."""

    def close(self) -> None:
        """Say nothing."""
