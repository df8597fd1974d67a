"""``make mutants``: plant each fault in a copy of the tree and see its test fail.

A patch begins with ``# mutant: what is broken`` and ``# test: node id``. The test must pass on the clean tree
and fail on the patched copy; a patch that no longer applies is a failure too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
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


def run_test(tree: Path, test: str) -> subprocess.CompletedProcess[str]:
    """Run one test against ``tree``: its packages come first on the path, before the installed checkout."""
    path = os.pathsep.join([str(tree), str(tree / "client" / "src")])
    # A numba cache knows when its own source changed, not when a function it calls did.
    numba = tempfile.mkdtemp(prefix="numba-", dir=tree.parent)
    real = {"HERITWIN_TEST_DATA": str(ROOT.parent / "shared" / "data")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test],
        cwd=tree,
        env={
            **real,
            **os.environ,
            "PYTHONPATH": path,
            "NUMBA_CACHE_DIR": numba,
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )


def judge(mutant: Mutant) -> str:
    """``caught``, or why not."""
    with tempfile.TemporaryDirectory(prefix="heritwin-mutant-") as folder:
        tree = Path(folder) / "tree"
        shutil.copytree(ROOT, tree, ignore=LEFT_OUT, symlinks=True)
        for built in ("service/static", "processing/meshes/_kernel"):
            if (ROOT / built).is_dir() and not (tree / built).exists():
                shutil.copytree(ROOT / built, tree / built)
        modules = ROOT / "viewer" / "node_modules"
        if modules.is_dir():
            (tree / "viewer" / "node_modules").symlink_to(modules)
        clean = run_test(tree, mutant.test)
        if clean.returncode != 0:
            return f"its test does not pass on the clean tree:\n{clean.stdout[-800:]}"
        applied = subprocess.run(
            ["git", "apply", "--whitespace=nowarn", str(mutant.patch)],
            cwd=tree,
            capture_output=True,
            text=True,
            check=False,
        )
        if applied.returncode != 0:
            return f"the patch does not apply: {applied.stderr.strip()}"
        # pytest answers 1 for a red test, and a signal ends a run that a native library crashed; 2 to 5 mean
        # that the mutant broke the collection, which shows nothing.
        code = run_test(tree, mutant.test).returncode
        return "caught" if code == 1 or code < 0 else "NOT caught"


def main() -> int:
    """Print one line a fault; exit 1 when any was not caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="names of patches; all by default")
    wanted = parser.parse_args().names
    patches = [p for p in sorted(Path(__file__).parent.glob("*.patch")) if not wanted or p.stem in wanted]
    missed = 0
    for patch in patches:
        mutant = read(patch)
        verdict = judge(mutant)
        missed += verdict != "caught"
        print(f"{verdict.splitlines()[0]:<12} {patch.stem:<32} {mutant.fault} [{mutant.test}]", flush=True)
        for line in verdict.splitlines()[1:]:
            print("    " + line)
    print(f"{len(patches) - missed} of {len(patches)} faults caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
