"""The API brings no geometry and no queue into its process."""

import subprocess
import sys

FORBIDDEN = ("numpy", "open3d", "trimesh", "celery", "laspy", "numba", "scipy", "processing", "workers")


def test_it_loads_no_geometry_and_no_queue() -> None:
    program = (
        f"import sys, service.app, service.__main__; print([m for m in {FORBIDDEN!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
