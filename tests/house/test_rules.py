"""House rules that no linter knows: sizes, first lines, and what may not stand in a tracked file."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("service", "workers", "storage", "processing", "stack", "client", "benchmarks", "tests")
MOST_LINES = 400
LONGEST_FUNCTION = 60


def tracked(*suffixes: str) -> list[Path]:
    """Tracked files with one of the suffixes; new ones count before they are committed."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.splitlines() or [str(p.relative_to(ROOT)) for folder in OURS for p in (ROOT / folder).rglob("*")]
    return [ROOT / name for name in listed if name.endswith(suffixes) and (ROOT / name).is_file()]


def test_it_keeps_every_source_file_within_400_lines():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked(".py", ".ts")
        if (lines := len(path.read_text("utf-8").splitlines())) > MOST_LINES
    }

    assert long == {}


def test_it_keeps_the_body_of_every_function_within_60_lines():
    # The body: options of a command and a docstring with shapes and units are no complexity.
    long = {
        f"{path.relative_to(ROOT)}:{node.name}": lines
        for path in tracked(".py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := body_lines(node)) > LONGEST_FUNCTION
    }

    assert long == {}


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its signature and its docstring."""
    first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def test_it_says_in_the_first_line_of_every_module_what_the_module_is():
    silent = [
        str(path.relative_to(ROOT))
        for path in tracked(".py")
        if path.read_text("utf-8").strip() and not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


# Written apart, so that this file does not find itself.
FORBIDDEN = {
    "left for later": r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b",
    "a registry's host": r"(py" + r"pi\.org|pythonho" + r"sted\.org|registry\.np" + r"mjs|deb\.deb" + r"ian)",
    "a path of one machine": r"(?<![\w.])/(ro" + r"ot|ho" + r"me|wo" + r"rk)/",
}


@pytest.mark.parametrize("word", FORBIDDEN)
def test_it_tracks_no_file_that_holds(word: str):
    pattern = re.compile(FORBIDDEN[word])
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked(
            ".py", ".ts", ".md", ".yml", ".yaml", ".json", ".toml", ".sh", ".lock", "Makefile"
        )
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]

    assert found == []


def test_it_lists_a_test_that_exists_for_every_planted_fault():
    for patch in sorted((ROOT / "tests" / "mutants").glob("*.patch")):
        head = patch.read_text("utf-8").splitlines()[:4]
        [named] = [line for line in head if line.startswith("# test:")]
        file = ROOT / named.partition(":")[2].strip().partition("::")[0]
        assert file.exists(), f"{patch.name} names {file}, which is not there"
