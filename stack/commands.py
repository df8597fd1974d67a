"""`heritwin up`, `status`, `doctor`, `backup`, `restore`: what this package adds to the command.

Every `heritwin` command loads this module, so what takes a second to import is imported where it is used.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from stack import systemd
from stack.backup import commands as backups
from stack.failures import failing_known, known_failures
from stack.options import OutsideS3, UpOptions, default_workers

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)

app.command("backup")(failing_known(backups.backup))
app.command("restore")(failing_known(backups.restore))
app.add_typer(systemd.app, name="service")

Data = Annotated[Path, typer.Option(help="Folder that holds everything this machine keeps.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


@app.command("up")
def start(
    data: Data = Path("var"),
    host: Annotated[
        str | None, typer.Option(help="Serve other machines under this name or address, over TLS.")
    ] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The one public port.")] = None,
    workers: Annotated[int, typer.Option(min=1, help="Jobs at once.")] = default_workers(),
    public_url: Annotated[
        str | None, typer.Option(help="Origin people use, where another proxy stands in front.")
    ] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="Certificate chain (PEM) for --host, instead of our own authority.")
    ] = None,
    certificate_key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
    database: Annotated[
        str | None, typer.Option(envvar="HERITWIN_DATABASE_URL", help="An outside PostgreSQL 16 or newer.")
    ] = None,
    broker: Annotated[
        str | None, typer.Option(envvar="HERITWIN_BROKER_URL", help="An outside Celery broker.")
    ] = None,
    s3: Annotated[
        str | None,
        typer.Option(
            envvar="HERITWIN_S3_ENDPOINT",
            help="An outside object store; its bucket and keys come from HERITWIN_S3_BUCKET, "
            "HERITWIN_S3_ACCESS_KEY, HERITWIN_S3_SECRET_KEY.",
        ),
    ] = None,
    s3_public: Annotated[
        str | None,
        typer.Option(envvar="HERITWIN_S3_PUBLIC_ENDPOINT", help="Where clients reach it, if elsewhere."),
    ] = None,
    s3_bucket: Annotated[str, typer.Option(envvar="HERITWIN_S3_BUCKET", hidden=True)] = "heritwin",
    s3_access_key: Annotated[str, typer.Option(envvar="HERITWIN_S3_ACCESS_KEY", hidden=True)] = "",
    s3_secret_key: Annotated[str, typer.Option(envvar="HERITWIN_S3_SECRET_KEY", hidden=True)] = "",
    room: Annotated[
        str,
        typer.Option(
            envvar="HERITWIN_ROOM",
            help="strict: no job without bubblewrap. best-effort: limits alone will do.",
        ),
    ] = "best-effort",
    lease_s: Annotated[float, typer.Option(envvar="HERITWIN_LEASE_S", min=1, hidden=True)] = 60.0,
    upload_url_s: Annotated[int, typer.Option(envvar="HERITWIN_UPLOAD_URL_S", min=1, hidden=True)] = 3600,
    free_floor_mib: Annotated[
        int | None,
        typer.Option(
            envvar="HERITWIN_FREE_FLOOR_MIB",
            min=0,
            help="Refuse new uploads when less than this is free; a twentieth of the disk by default, "
            "64 MiB at least, 10 GiB at most.",
        ),
    ] = None,
    canary_s: Annotated[float, typer.Option(envvar="HERITWIN_CANARY_S", min=0.1, hidden=True)] = 10.0,
    worker_silent_s: Annotated[
        float, typer.Option(envvar="HERITWIN_WORKER_SILENT_S", min=1, hidden=True)
    ] = 60.0,
    log_level: Annotated[str, typer.Option(envvar="HERITWIN_LOG_LEVEL")] = "info",
    new_admin_key: Annotated[
        bool, typer.Option("--new-admin-key", help="Make another admin key, where the first was lost.")
    ] = False,
) -> None:
    """Start everything on this machine and keep it running until Ctrl-C."""
    from stack.report import say_ready
    from stack.supervisor import up as run_stack

    with known_failures():
        options = UpOptions(
            data=data,
            host=host,
            port=port,
            public_url=public_url,
            workers=workers,
            database=database,
            broker=broker,
            s3=outside_s3(s3, s3_public, s3_bucket, s3_access_key, s3_secret_key),
            certificate=certificate,
            certificate_key=certificate_key,
            room=room,
            lease_s=lease_s,
            heartbeat_s=lease_s / 4,
            upload_url_s=upload_url_s,
            free_floor_mib=free_floor_mib,
            canary_s=canary_s,
            worker_silent_s=worker_silent_s,
            log_level=log_level,
            new_admin_key=new_admin_key,
        )
        typer.echo(f"Starting on {data.absolute()} …", err=True)
        run_stack(options, say_ready)
        typer.echo("Stopped.", err=True)


def outside_s3(
    endpoint: str | None, public: str | None, bucket: str, access_key: str, secret_key: str
) -> OutsideS3 | None:
    """The outside object store asked for, if any."""
    if endpoint is None:
        return None
    return OutsideS3(
        endpoint=endpoint,
        public_endpoint=public or endpoint,
        bucket=bucket,
        access_key=access_key,
        secret_key=secret_key,
    )


@app.command("status")
def status(data: Data = Path("var"), as_json: AsJson = False) -> None:
    """Say what runs on this machine; exits 1 unless all of it is ready."""
    from stack import report

    with known_failures():
        found = report.look(data)
    typer.echo(json.dumps(found, indent=1) if as_json else report.as_text(found))
    raise typer.Exit(0 if found["ready"] else 1)


@app.command("doctor")
def doctor(
    data: Annotated[Path | None, typer.Option(help="Also examine the stack on this folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Examine what this machine can do, and say how to mend what it cannot; exits 1 on a failure."""
    from stack.doctor.checks import examine
    from stack.report import check_as_text

    checks = []
    for check in examine(data):
        checks.append(check)
        if not as_json:
            typer.echo(check_as_text(check))
    ok = all(check.state != "fail" for check in checks)
    if as_json:
        typer.echo(json.dumps({"ok": ok, "checks": [check.as_dict() for check in checks]}, indent=1))
    sys.stdout.flush()
    raise typer.Exit(0 if ok else 1)
