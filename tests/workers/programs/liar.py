"""A taken-over child: well-formed files, and a result that makes no sense."""

import json
from pathlib import Path

STEPS = [
    {"id": "inspect", "verb": "inspect", "result": {"kind": 5, "points": "many", "bounds": "everywhere"}},
    {"id": "picture", "verb": "picture", "result": {}},
    {"id": "preview", "verb": "preview", "result": {}},
]
Path("result.json").write_text(json.dumps({"schema": 1, "ok": True, "steps": STEPS, "error": None}))
