"""The client's own small file: which server, which key."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from heritwin.errors import NotConfiguredError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where to speak to, and as whom."""

    server: str
    key: str
    ca_file: str | None = None
    language: str | None = None


def folder() -> Path:
    """Where settings and unfinished uploads are kept, by each platform's custom."""
    if named := os.environ.get("HERITWIN_HOME"):
        return Path(named)
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming") / "heritwin"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "heritwin"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "heritwin"


def load(server: str | None = None, key: str | None = None) -> Settings:
    """Read the settings: what is given wins over HERITWIN_SERVER and HERITWIN_KEY, those over the file."""
    path = folder() / "settings.json"
    kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    server = server or os.environ.get("HERITWIN_SERVER") or kept.get("server")
    key = key or os.environ.get("HERITWIN_KEY") or kept.get("key")
    if not server or not key:
        raise NotConfiguredError(
            "No server is known yet." if not server else f"No key is known for {server}.",
            hint="Run: heritwin login https://your-server (it asks for the key your administrator gave you).",
        )
    return Settings(
        server=server.rstrip("/"),
        key=key,
        ca_file=os.environ.get("HERITWIN_CA_FILE") or kept.get("ca_file"),
        language=kept.get("language"),
    )


def save(settings: Settings) -> Path:
    """Write the settings where only this user can read them."""
    path = folder() / "settings.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(asdict(settings), out, ensure_ascii=False, indent=1)
    temporary.replace(path)
    return path


def kept_key(server: str) -> str | None:
    """The key of the last login to this server, as the file has it now."""
    try:
        kept = json.loads((folder() / "settings.json").read_text("utf-8"))
    except (OSError, ValueError):
        return None
    if not isinstance(kept, dict) or str(kept.get("server", "")).rstrip("/") != server:
        return None
    return str(kept["key"]) if kept.get("key") else None
