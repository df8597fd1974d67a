"""Counts passed and skipped tests by reason, and fails the run on a skip whose reason is not listed."""

from collections import Counter
from pathlib import Path

import pytest

LIST = Path(__file__).parents[1] / "skips.txt"


class SkipPolicy:
    """A pytest plugin; with `never` even a listed skip fails the run."""

    def __init__(self, never: bool) -> None:
        self.never = never
        self.outcomes: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count each test once: at its call, or where it skipped or failed before."""
        if report.skipped:
            self.outcomes["skipped"] += 1
            self.reasons[reason(report.longrepr)] += 1
        elif report.when == "call" or report.failed:
            self.outcomes[report.outcome] += 1

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that skips itself as a whole counts as one skip."""
        if report.skipped:
            self.outcomes["skipped"] += 1
            self.reasons[reason(report.longrepr)] += 1

    def refused(self) -> list[str]:
        """The reasons met that are not allowed."""
        listed = set() if self.never else set(LIST.read_text().splitlines())
        return sorted(met for met in self.reasons if met not in listed)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Fail a run that skipped what it may not."""
        if self.refused() and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say it."""
        write = terminalreporter.write_line
        write(", ".join(f"{self.outcomes[name]} {name}" for name in ("passed", "failed", "skipped")))
        for met, count in sorted(self.reasons.items()):
            write(f"  {count} skipped: {met}")
        for met in self.refused():
            write(f"ERROR: this skip is not allowed: {met}", red=True)


def reason(longrepr: object) -> str:
    """The words of a skip report, `(path, line, 'Skipped: words')`."""
    words = longrepr[2] if isinstance(longrepr, tuple) else str(longrepr)
    return str(words).removeprefix("Skipped: ")
