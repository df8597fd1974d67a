"""What is said to the operator: at the first ready moment, by `status`, by `doctor`."""

import json
import urllib.error
import urllib.request
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from stack import missing
from stack.doctor.check import Check
from stack.errors import NotRunningError
from stack.folder import DataFolder
from stack.plan import Plan
from stack.state import read_state

SIGNS = {"ok": "  ok  ", "warn": " note ", "fail": " FAIL "}


def say_ready(plan: Plan, folder: DataFolder) -> None:
    """Where it is, where the key is, how to trust it, how to stop it."""
    lines = [f"Heritwin is ready at {plan.address}"]
    if folder.admin_key.exists():
        lines.append(f"  the first admin's key is in {folder.admin_key}")
    else:
        lines.append("  no admin key is kept here; if it was lost, start once with --new-admin-key")
    if plan.caddy.host is not None and plan.caddy.certificate is None:
        lines += trust(plan.caddy.authority)
    lines.append(f"  logs are in {folder.logs}; stop with Ctrl-C")
    typer.echo("\n".join(lines))


def trust(authority: Path) -> list[str]:
    """How other machines come to trust the certificate."""
    return [
        f"  its certificate is signed by an authority of this machine's own: {authority}",
        "  to trust it, copy that file to the other machine, and there",
        "    Debian, Ubuntu  put it into /usr/local/share/ca-certificates/ and run update-ca-certificates",
        "    macOS           security add-trusted-cert -d -k /Library/Keychains/System.keychain root.crt",
        "    Windows         certutil -addstore -f ROOT root.crt",
        "    Firefox         Settings, Certificates, Authorities, Import",
        "    heritwin        HERITWIN_CA_FILE=root.crt heritwin …",
    ]


def look(data: Path) -> dict[str, Any]:
    """The state of the run on a folder, with the API's own checks."""
    folder = DataFolder(data)
    state = read_state(folder)
    if state is None or not folder.is_held():
        raise NotRunningError(f"nothing runs on {folder.root}", f"start it: heritwin up --data {folder.root}")
    readyz = ask(f"{state.api}/readyz")
    return {
        **asdict(state),
        "ready": state.phase == "ready" and bool(readyz.get("ready")),
        "readyz": readyz,
        "missing": missing.last(folder),
        "data": str(folder.root),
        "logs": str(folder.logs),
    }


def ask(url: str) -> dict[str, Any]:
    """The JSON answer of an address, whatever its status; the failure, if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        body = error.read()
    except OSError as error:
        return {"ready": False, "error": str(error)}
    try:
        found: dict[str, Any] = json.loads(body)
    except ValueError:
        return {"ready": False, "error": body[:200].decode("utf-8", "replace")}
    return found


def as_text(found: dict[str, Any]) -> str:
    """A status for people."""
    lines = [f"{found['address']}  {'ready' if found['ready'] else 'NOT ready'} ({found['phase']})"]
    for program in found["programs"]:
        restarts = f"  restarted {program['restarts']} times" if program["restarts"] else ""
        pid = program["pid"] or "-"
        lines.append(f"  {program['name']:<12} {program['state']:<11} pid {pid}{restarts}")
    for name, check in (found["readyz"].get("checks") or {}).items():
        if isinstance(check, dict) and not check.get("ok"):
            lines.append(f"  not ready: {name}: {check.get('detail')}")
    if "error" in found["readyz"]:
        lines.append(f"  the API does not answer: {found['readyz']['error']}")
    room = (found["readyz"].get("checks") or {}).get("room") or {}
    if room.get("ok"):
        lines.append(f"  processing room: {room.get('detail')}")
    disk = (found["readyz"].get("checks") or {}).get("disk") or {}
    if disk:
        lines.append(f"  disk: {disk.get('detail')}")
    if found["missing"]:
        lines += [f"  {line}" for line in missing.as_lines(found["missing"])]
    if found["ca_certificate"]:
        lines.append(f"  certificate authority, for other machines to trust: {found['ca_certificate']}")
    lines.append(f"  logs: {found['logs']}")
    return "\n".join(lines)


def check_as_text(check: Check) -> str:
    """One line of `doctor`, and how to mend it."""
    mend = f"\n        -> {check.mend}" if check.mend and check.state != "ok" else ""
    return f"[{SIGNS[check.state]}] {check.name}: {check.detail}{mend}"
