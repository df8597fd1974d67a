"""The client is pure Python for three platforms: it works without POSIX-only modules, under a cp1258 console.

Windows itself is not part of these tests: what can be shown from here is that nothing of POSIX is needed,
that a Vietnamese console stops nothing, and that names and paths of other systems come out as one.
"""

import os
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest

from heritwin.uploads.manifest import read_manifest

POSIX_ONLY = ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty", "posix_ipc", "syslog", "crypt")

RUN = f"""
import sys
for name in {POSIX_ONLY!r}:
    sys.modules[name] = None
import heritwin.command
sys.argv = ["heritwin", *sys.argv[1:]]
heritwin.command.main()
"""


def heritwin(home: Path, *words: str) -> subprocess.CompletedProcess:
    """Run the command without POSIX-only modules, under a Vietnamese Windows console's code page."""
    environment = {
        **os.environ,
        "PYTHONIOENCODING": "cp1258",
        "PYTHONUTF8": "0",
        "COLUMNS": "120",
        "HERITWIN_HOME": str(home),
        "HERITWIN_SERVER": "http://127.0.0.1:1",
        "HERITWIN_KEY": "ht_none",
    }
    return subprocess.run(
        [sys.executable, "-P", "-c", RUN, *words], env=environment, capture_output=True, check=False
    )


@pytest.mark.parametrize("words", [("--help",), ("upload", "--help"), ("subjects", "--help")])
def test_it_explains_itself_without_posix_modules_under_a_vietnamese_console(tmp_path: Path, words):
    ran = heritwin(tmp_path, *words)

    assert ran.returncode == 0, ran.stderr.decode("cp1258")
    assert b"heritwin" in ran.stdout.lower()


def test_it_lists_a_folder_of_decomposed_names_without_posix_modules(tmp_path: Path):
    name = unicodedata.normalize("NFD", "Điện Thái Hòa – mái.laz")
    (tmp_path / "quét" / "tầng 2").mkdir(parents=True)
    (tmp_path / "quét" / "tầng 2" / name).write_bytes(b"LASF")
    ran = heritwin(tmp_path, "upload", "hue.thai-hoa/scan", str(tmp_path / "quét"), "--dry-run", "--json")

    assert ran.returncode == 0, ran.stderr.decode("cp1258")
    assert b'"size_bytes": 4' in ran.stdout
    # What cp1258 cannot write is replaced, never a crash.
    assert b".laz" in ran.stdout


def test_it_names_a_server_that_is_away_without_posix_modules(tmp_path: Path):
    (tmp_path / "hội.laz").write_bytes(b"LASF")
    ran = heritwin(tmp_path, "upload", "hue/scan", str(tmp_path / "hội.laz"))

    assert ran.returncode == 1
    assert b"unreachable" in ran.stderr
    assert b"Traceback" not in ran.stderr


def test_it_takes_windows_paths_in_a_manifest(tmp_path: Path):
    (tmp_path / "Trạm 1").mkdir()
    (tmp_path / "Trạm 1" / "quét.xyz").write_text("1 2 3\n")
    text = "file;subject\r\nTrạm 1\\quét.xyz;G6\r\n"
    (tmp_path / "scans.csv").write_bytes(text.encode("utf-8-sig"))
    listed = read_manifest(tmp_path / "scans.csv")

    assert [path.name for row in listed.rows for path in row.paths] == ["quét.xyz"]


LISTED = """
import heritwin.uploads.transfer, sys
print([name for name in ("numpy", "fastapi", "storage", "celery") if name in sys.modules])
"""


def test_it_brings_no_server_package_along():
    ran = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
