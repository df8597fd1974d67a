"""A whole stack under a name of its own, and headless Chromium: for what is clocked in a browser."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.components.ports import free_port
from stack.started import stack_on
from tests.browser.seeding import HOST, RunningStack, Site


@dataclass(frozen=True, kw_only=True)
class Browsing:
    """The admin's calls on a running stack, and the programs that open a browser."""

    site: Site
    node: str
    chromium: str

    def drive(self, script: Path, **given: object) -> dict[str, Any]:
        """Run a scenario of the browser's specs or of a benchmark; answers what it found."""
        asked = {
            "executable": self.chromium,
            "host": HOST,
            "url": self.site.stack.url,
            "pictures": os.environ.get("HERITWIN_PICTURES"),
            **given,
        }
        done = subprocess.run(
            [self.node, str(script)], input=json.dumps(asked), stdout=subprocess.PIPE, text=True, check=True
        )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@contextmanager
def browsing() -> Iterator[Browsing]:
    """Start a stack in a temporary folder, and stop it again.

    Raises
    ------
    SystemExit
        Where there is no node or no Chromium.
    """
    node, chromium = shutil.which("node"), shutil.which("chromium")
    if node is None or chromium is None:
        raise SystemExit("this is clocked in a browser: needs node and chromium")
    port = free_port()
    url = f"http://{HOST}:{port}"
    with (
        tempfile.TemporaryDirectory(prefix="heritwin-browsing-") as folder,
        stack_on(Path(folder) / "twin", ["--port", str(port), "--public-url", url]) as started,
    ):
        site = Site(RunningStack(url=url, admin_key=started.admin_key))
        try:
            yield Browsing(site=site, node=node, chromium=chromium)
        finally:
            site.close()
