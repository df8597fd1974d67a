"""What runs on one machine: every server and process of a run, with its ports and environment."""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stack.components.caddy import Caddy
from stack.components.catalogue import Catalogue
from stack.components.ports import is_free, keep_ports
from stack.components.postgres import Postgres
from stack.components.program import BEFORE_OTHERS, BEHIND_OTHERS, Program
from stack.components.seaweedfs import PORTS as S3_PORTS
from stack.components.seaweedfs import SeaweedFS
from stack.components.valkey import Valkey
from stack.errors import OptionsError, PortTakenError
from stack.folder import DataFolder, Secrets
from stack.options import UpOptions
from stack.orphans import MARK

BUCKET = "heritwin"
FSYNCED = ("blobs/", "assets/")
EARLY_WORKER = "worker-early"
NUMBA_CACHE = Path(sys.prefix) / "numba"
DEFAULT_PORT, DEFAULT_TLS_PORT = 8420, 8443


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything to run; a server that lies outside is None."""

    postgres: Postgres | None
    valkey: Valkey | None
    seaweedfs: SeaweedFS | None
    caddy: Caddy
    ports: dict[str, int]
    address: str
    environment: Mapping[str, str]
    mark: str

    @property
    def api(self) -> str:
        """Address of the API on this machine, past Caddy."""
        return f"http://127.0.0.1:{self.ports['api']}"

    def own_programs(self, folder: DataFolder, workers: int) -> list[Program]:
        """API, dispatcher, workers, and one worker more that only looks at what is still being sent.

        Somebody waits for the early word while their line is busy; a tiling of hours must not be before it.
        """
        make = partial(own_program, folder=folder, environment=self.environment)
        names = [f"worker-{number}" for number in range(1, workers + 1)]
        early = {"HERITWIN_WORKER_NAME": EARLY_WORKER, "HERITWIN_OPERATIONS": "early-word"}
        return [
            make(
                "api",
                "service",
                is_ready=partial(answers_ok, f"{self.api}/healthz"),
                stop_s=30.0,
                nice=BEFORE_OTHERS,
            ),
            make("dispatcher", "workers", "dispatcher"),
            *(
                make(
                    name,
                    "workers",
                    "worker",
                    extra={"HERITWIN_WORKER_NAME": name},
                    stop_s=40.0,
                    nice=BEHIND_OTHERS,
                )
                for name in names
            ),
            make(EARLY_WORKER, "workers", "worker", extra=early, stop_s=40.0),
        ]

    def is_ready(self) -> bool:
        """Whether the API says that all of it is ready."""
        return answers_ok(f"{self.api}/readyz")


def make_plan(options: UpOptions, folder: DataFolder, secrets: Secrets) -> Plan:
    """Choose ports and put the pieces together."""
    ports = choose_ports(options, folder)
    postgres = None if options.database else make_postgres(folder, secrets, ports)
    valkey = None if options.broker else make_valkey(folder, secrets, ports)
    seaweedfs = None if options.s3 else make_seaweedfs(folder, secrets, ports, postgres)
    caddy = Caddy(
        folder=folder.of("caddy"),
        port=ports["public"],
        api_port=ports["api"],
        s3_port=ports["s3"] if seaweedfs else None,
        bucket=BUCKET,
        host=options.host,
        certificate=certificate_of(options),
    )
    address = options.public_url or public_address(options, ports["public"])
    outside = options.s3
    environment = {
        "HERITWIN_DATABASE_URL": options.database or (postgres.url() if postgres else ""),
        "HERITWIN_BROKER_URL": options.broker or (valkey.url() if valkey else ""),
        "HERITWIN_S3_ENDPOINT": outside.endpoint if outside else f"http://127.0.0.1:{ports['s3']}",
        "HERITWIN_S3_PUBLIC_ENDPOINT": outside.public_endpoint if outside else address,
        "HERITWIN_S3_BUCKET": outside.bucket if outside else BUCKET,
        "HERITWIN_S3_ACCESS_KEY": outside.access_key if outside else secrets.s3_access_key,
        "HERITWIN_S3_SECRET_KEY": outside.secret_key if outside else secrets.s3_secret_key,
        "HERITWIN_PUBLIC_URL": address,
        "HERITWIN_SECRET": secrets.secret,
        "HERITWIN_DATA_DIR": str(folder.work),
        **settings_of(options),
        "HERITWIN_WATCHED_DIRS": os.pathsep.join(
            str(server.folder) for server in (postgres, seaweedfs) if server is not None
        ),
        "HERITWIN_API_HOST": "127.0.0.1",
        "HERITWIN_API_PORT": str(ports["api"]),
        # Made by set-up, so that no job compiles for itself; workers hand each room a copy.
        **({"HERITWIN_NUMBA_CACHE": str(NUMBA_CACHE)} if NUMBA_CACHE.is_dir() else {}),
        MARK: secrets.mark,
    }
    return Plan(
        postgres=postgres,
        valkey=valkey,
        seaweedfs=seaweedfs,
        caddy=caddy,
        ports=ports,
        address=address,
        environment=environment,
        mark=secrets.mark,
    )


def settings_of(options: UpOptions) -> dict[str, str]:
    """What our own processes are told beside addresses and secrets."""
    given = {
        "ROOM": options.room,
        "LEASE_S": options.lease_s,
        "HEARTBEAT_S": options.heartbeat_s,
        "UPLOAD_URL_S": options.upload_url_s,
        "CANARY_S": options.canary_s,
        "WORKER_SILENT_S": options.worker_silent_s,
        "FREE_FLOOR_MIB": options.free_floor_mib,
        "LOG_LEVEL": options.log_level,
    }
    return {f"HERITWIN_{name}": str(value) for name, value in given.items() if value is not None}


def make_postgres(folder: DataFolder, secrets: Secrets, ports: Mapping[str, int]) -> Postgres:
    """Our own PostgreSQL."""
    return Postgres(
        folder=folder.of("postgres"),
        port=ports["postgres"],
        admin_password=secrets.postgres_admin_password,
        password=secrets.postgres_password,
    )


def make_valkey(folder: DataFolder, secrets: Secrets, ports: Mapping[str, int]) -> Valkey:
    """Our own Valkey."""
    return Valkey(folder=folder.of("valkey"), port=ports["valkey"], password=secrets.valkey_password)


def make_seaweedfs(
    folder: DataFolder, secrets: Secrets, ports: Mapping[str, int], postgres: Postgres | None = None
) -> SeaweedFS:
    """Our own SeaweedFS, its names kept by our own PostgreSQL if there is one."""
    return SeaweedFS(
        folder=folder.of("seaweedfs"),
        ports={name: ports[name] for name in S3_PORTS},
        access_key=secrets.s3_access_key,
        secret_key=secrets.s3_secret_key,
        catalogue=Catalogue(postgres=postgres) if postgres else None,
    )


def certificate_of(options: UpOptions) -> tuple[Path, Path] | None:
    """The certificate and key given, if both are and both are there."""
    if options.certificate is None and options.certificate_key is None:
        return None
    if options.host is None or options.certificate is None or options.certificate_key is None:
        raise OptionsError("--certificate, --certificate-key and --host go together", "give all three")
    for path in (options.certificate, options.certificate_key):
        if not path.is_file():
            raise OptionsError(f"{path} is not there")
    return options.certificate.absolute(), options.certificate_key.absolute()


def choose_ports(options: UpOptions, folder: DataFolder) -> dict[str, int]:
    """The port of every listener; the public one is as asked, as last time, the usual one, or a free one."""
    ports = keep_ports(folder.ports_file, ["public", "api", "postgres", "valkey", *S3_PORTS])
    everywhere = "" if options.is_tls else "127.0.0.1"
    usual = DEFAULT_TLS_PORT if options.is_tls else DEFAULT_PORT
    if options.port is not None:
        if not is_free(options.port, everywhere):
            raise PortTakenError(f"port {options.port} is in use", "give another --port")
        return {**ports, "public": options.port}
    return {**ports, "public": usual} if is_free(usual, everywhere) else ports


def public_address(options: UpOptions, port: int) -> str:
    """The origin people type; without the port where it is the scheme's own."""
    scheme, host = ("https", options.host) if options.host else ("http", "localhost")
    is_usual = port == (443 if options.host else 80)
    return f"{scheme}://{host}" if is_usual else f"{scheme}://{host}:{port}"


def own_program(
    name: str,
    *module: str,
    folder: DataFolder,
    environment: Mapping[str, str],
    extra: Mapping[str, str] | None = None,
    is_ready: Callable[[], bool] | None = None,
    stop_s: float = 10.0,
    nice: int = 0,
) -> Program:
    """A process of our own packages: `python -P -m module arguments`, as installed beside this one."""
    return Program(
        name=name,
        command=(sys.executable, "-P", "-m", *module),
        # No port to ask: whether workers live is a check of /readyz.
        is_ready=is_ready or partial(bool, 1),
        folder=folder.work,
        environment={**environment, "PYTHONUNBUFFERED": "1", **(extra or {})},
        stop_s=stop_s,
        nice=nice,
    )


def answers_ok(url: str) -> bool:
    """Whether it answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
