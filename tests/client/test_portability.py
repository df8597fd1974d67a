"""The client is pure Python for three platforms: it imports and answers without POSIX-only modules."""

import os
import subprocess
import sys

WITHOUT_POSIX = """
import sys
for name in ("fcntl", "pwd", "grp", "resource", "termios", "tty", "pty"):
    sys.modules[name] = None
import heritwin
import heritwin.command
import heritwin.uploads.transfer
from pathlib import PureWindowsPath
print("imported", PureWindowsPath("C:/quét/hall.laz").name)
"""


def test_it_imports_without_posix_modules_under_a_vietnamese_windows_console():
    ran = subprocess.run(
        [sys.executable, "-I", "-c", WITHOUT_POSIX],
        env={**os.environ, "PYTHONIOENCODING": "cp1258"},
        capture_output=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr.decode()
    assert b"imported hall.laz" in ran.stdout


LISTED = """
import heritwin.uploads.transfer, sys
print([name for name in ("numpy", "fastapi", "storage", "celery") if name in sys.modules])
"""


def test_it_brings_no_server_package_along():
    ran = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"
