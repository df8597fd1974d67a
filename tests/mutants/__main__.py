"""``make mutants``: plant each fault in one copy of the tree, see its test fail, and take it out again.

A patch begins with ``# mutant: what is broken`` and ``# test: node id``. The test must pass on the clean tree
and fail on the patched copy; a patch that no longer applies is a failure too. ``--record`` keeps what came of
it in ``results.json``, from which ``docs/planted-faults.md`` is written.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RESULTS, PAGE = Path(__file__).with_name("results.json"), ROOT / "docs" / "planted-faults.md"
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".venv-uv", "node_modules", "var", "site", ".*_cache", "__pycache__"
)


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One planted fault."""

    patch: Path
    fault: str
    test: str


def read(patch: Path) -> Mutant:
    """The patch's own words on what it breaks and which test sees it."""
    words = dict(
        line[2:].split(":", 1)
        for line in patch.read_text("utf-8").splitlines()[:4]
        if line.startswith(("# mutant:", "# test:"))
    )
    return Mutant(patch=patch, fault=words["mutant"].strip(), test=words["test"].strip())


class Tree:
    """A copy of the checkout in which faults are planted and taken out again, with kernels of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "tree"
        self._passing: set[str] = set()
        shutil.copytree(ROOT, self.path, ignore=LEFT_OUT, symlinks=True)
        for built in ("service/static", "processing/meshes/_kernel"):
            if (ROOT / built).is_dir() and not (self.path / built).exists():
                shutil.copytree(ROOT / built, self.path / built)
        modules = ROOT / "viewer" / "node_modules"
        if modules.is_dir():
            (self.path / "viewer" / "node_modules").symlink_to(modules)
        self.warm = folder / "numba"
        self.warm.mkdir()
        self.run("processing", "warm", numba=self.warm).check_returncode()

    def run_test(self, test: str, numba: Path) -> subprocess.CompletedProcess[str]:
        """Run one test in the tree."""
        return self.run("pytest", "-q", "-x", "-p", "no:cacheprovider", test, numba=numba)

    def run(self, *words: str, numba: Path) -> subprocess.CompletedProcess[str]:
        """Run a module: the tree's packages come first on the path, before the installed checkout."""
        path = os.pathsep.join([str(self.path), str(self.path / "client" / "src")])
        real = {"HERITWIN_TEST_DATA": str(ROOT.parent / "shared" / "data")}
        return subprocess.run(
            [sys.executable, "-m", *words],
            cwd=self.path,
            env={
                **real,
                **os.environ,
                "PYTHONPATH": path,
                "NUMBA_CACHE_DIR": str(numba),
                "HERITWIN_NUMBA_CACHE": str(numba),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def apply(self, patch: Path, *options: str) -> subprocess.CompletedProcess[str]:
        """Plant a fault, or with ``--reverse`` take it out."""
        return subprocess.run(
            ["git", "apply", "--whitespace=nowarn", *options, str(patch)],
            cwd=self.path,
            capture_output=True,
            text=True,
            check=False,
        )

    def touches_kernels(self, patch: Path) -> bool:
        """Whether the fault is in a file of compiled functions."""
        names = re.findall(r"^\+\+\+ b/(\S+)", patch.read_text("utf-8"), re.MULTILINE)
        return any("@compiled" in (self.path / name).read_text("utf-8") for name in names)

    def judge(self, mutant: Mutant) -> str:
        """``caught``, or why not."""
        if mutant.test not in self._passing:
            clean = self.run_test(mutant.test, self.warm)
            if clean.returncode != 0:
                return f"its test does not pass on the clean tree:\n{clean.stdout[-800:]}"
            self._passing.add(mutant.test)
        applied = self.apply(mutant.patch)
        if applied.returncode != 0:
            return f"the patch does not apply: {applied.stderr.strip()}"
        try:
            # A numba cache knows when its own source changed, not when a function it calls did.
            with tempfile.TemporaryDirectory(prefix="numba-", dir=self.folder) as cold:
                numba = Path(cold) if self.touches_kernels(mutant.patch) else self.warm
                code = self.run_test(mutant.test, numba).returncode
        finally:
            self.apply(mutant.patch, "--reverse").check_returncode()
        # pytest answers 1 for a red test, and a signal ends a run that a native library crashed; 2 to 5 mean
        # that the mutant broke the collection, which shows nothing.
        return "caught" if code == 1 or code < 0 else "NOT caught"


def main() -> int:
    """Print one line a fault; exit 1 when any was not caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="names of patches; all by default")
    parser.add_argument("--not-run", action="store_true", help="only those that were never recorded")
    parser.add_argument("--record", action="store_true", help="keep the verdicts, and write the page")
    asked = parser.parse_args()
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    patches = [
        p
        for p in sorted(Path(__file__).parent.glob("*.patch"))
        if (not asked.names or p.stem in asked.names) and not (asked.not_run and p.stem in known)
    ]
    missed = 0
    with tempfile.TemporaryDirectory(prefix="heritwin-mutant-") as folder:
        # Rooms have a uid of their own and must be able to pass through.
        Path(folder).chmod(0o755)
        tree = Tree(Path(folder))
        for patch in patches:
            mutant = read(patch)
            first, *more = tree.judge(mutant).splitlines()
            missed += first != "caught"
            print(f"{first:<12} {patch.stem:<32} {mutant.fault} [{mutant.test}]", flush=True)
            for line in more:
                print("    " + line)
            if asked.record:
                known[patch.stem] = {"verdict": first, "date": datetime.date.today().isoformat()}
                write_down(known)
    print(f"{len(patches) - missed} of {len(patches)} faults caught")
    return 1 if missed else 0


def write_down(known: dict[str, dict[str, str]]) -> None:
    """Keep the verdicts of patches that are there, and write the page of all patches."""
    mutants = [read(patch) for patch in sorted(Path(__file__).parent.glob("*.patch"))]
    kept = {m.patch.stem: known[m.patch.stem] for m in mutants if m.patch.stem in known}
    RESULTS.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", "utf-8")
    caught = sum(one["verdict"] == "caught" for one in kept.values())
    lines = [
        "# Planted faults",
        "",
        "`make mutants` plants each of these in a copy of the tree and looks whether the named test turns "
        f"red. Of {len(mutants)}, {caught} were caught when last run, {len(mutants) - len(kept)} never ran. "
        "Written by `python -m tests.mutants --record`.",
        "",
        "| fault | test that turns red | last result |",
        "|---|---|---|",
    ]
    for mutant in mutants:
        one = kept.get(mutant.patch.stem)
        said = "not run yet" if one is None else f"{one['verdict']}, {one['date']}"
        lines.append(f"| {mutant.fault} | `{Path(mutant.test).name}` | {said} |")
    PAGE.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
