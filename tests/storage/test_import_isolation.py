"""`storage` is ours wherever it is imported from, and brings nothing it should not."""

import subprocess
import sys

WATCHED = ("numpy", "celery", "fastapi", "starlette", "open3d", "trimesh", "processing", "service", "workers")
IMPORT_ALL = """
import importlib, json, pkgutil, sys
import storage
names = [m.name for m in pkgutil.walk_packages(storage.__path__, "storage.")]
for name in names:
    if name != "storage.__main__" and ".migrations" not in name:
        importlib.import_module(name)
print(json.dumps({"file": storage.__file__, "seen": [n for n in sys.argv[1:] if n in sys.modules]}))
"""


def test_it_is_imported_from_here_by_an_isolated_interpreter(pytestconfig):
    done = subprocess.run(
        [sys.executable, "-I", "-c", IMPORT_ALL, *WATCHED],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
    )

    assert done.returncode == 0, done.stderr
    assert f'"file": "{pytestconfig.rootpath / "storage" / "__init__.py"}"' in done.stdout
    assert '"seen": []' in done.stdout
