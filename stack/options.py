"""What `heritwin up` was asked for."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class OutsideS3:
    """An object store that is not ours; clients reach it at `public_endpoint`, without passing Caddy."""

    endpoint: str
    public_endpoint: str
    bucket: str
    access_key: str
    secret_key: str


@dataclass(frozen=True, kw_only=True)
class UpOptions:
    """Options of one run; None means our own server, or our own choice."""

    data: Path
    host: str | None = None
    port: int | None = None
    public_url: str | None = None
    workers: int = 1
    database: str | None = None
    broker: str | None = None
    s3: OutsideS3 | None = None
    certificate: Path | None = None
    certificate_key: Path | None = None
    room: str = "best-effort"
    lease_s: float = 60.0
    heartbeat_s: float = 15.0
    upload_url_s: int = 3600
    free_floor_mib: int | None = None
    canary_s: float = 10.0
    worker_silent_s: float = 60.0
    log_level: str = "info"
    new_admin_key: bool = False

    @property
    def is_tls(self) -> bool:
        """Whether we serve TLS ourselves: as soon as other machines are to come in."""
        return self.host is not None


def default_workers() -> int:
    """One worker for each core, and for each 4 GiB of memory, whichever is fewer."""
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return max(1, min(len(os.sched_getaffinity(0)), int(memory_gib // 4)))
