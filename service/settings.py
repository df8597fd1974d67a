"""What the API reads from its environment, once, at start."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Settings of the API process; the names are shared by every process of the house."""

    model_config = SettingsConfigDict(env_prefix="HERITWIN_", frozen=True, extra="ignore")

    database_url: str
    broker_url: str
    s3_endpoint: str
    s3_public_endpoint: str
    s3_bucket: str = "heritwin"
    s3_access_key: str
    s3_secret_key: SecretStr
    public_url: str
    secret: SecretStr = Field(min_length=16)

    api_host: str = "127.0.0.1"
    api_port: int = 8000
    room: Literal["strict", "best-effort"] = "best-effort"
    # An idle worker takes a hint of its own every 10 s, a busy one beats every 2 s: after six missed hints
    # it no longer consumes. `/readyz` then says so at once, within the 90 s promised.
    worker_silent_s: float = Field(default=60.0, gt=0)
    # Disks of this machine on which rows and bytes are kept, and what must stay free there; none, where
    # both are kept elsewhere.
    watched_dirs: str = ""
    free_floor_mib: int | None = Field(default=None, ge=0)
    log_level: str = "info"
    static_dir: Path = Path(__file__).parent / "static"

    # Threads that answer synchronous routes; each holds at most one database connection.
    api_threads: int = 24
    # A tile of a cloud is about 40 kB (facts/streaming.md): 192 MiB keep some 4,800 of them hot.
    tile_cache_bytes: int = 192 * MIB
    tile_cache_largest_bytes: int = 4 * MIB
    # Entries of all tile indexes held together; one entry is about 200 bytes in memory.
    tile_index_entries: int = 500_000
    # Withdrawing must stop our own answers within 60 s: an answer about access is kept half of that.
    access_cache_s: float = 30.0
    body_limit_bytes: int = 4 * MIB
    # A signed address is used at once; only a part that waits for a broken line needs another one.
    upload_url_s: int = Field(default=3600, ge=1)
    graceful_shutdown_s: int = 25
    # An open event stream reads again so often, and asks again who may: a withdrawn right ends it then.
    stream_recheck_s: float = Field(default=15.0, gt=0)
    # Open event streams of one person, and of all: each reads the database every 15 s, news or not.
    streams_of_person: int = 50
    streams: int = 1_000

    @property
    def public_origin(self) -> str:
        """Scheme, host and port under which people reach the pages; no trailing slash."""
        return self.public_url.rstrip("/")

    @property
    def watched(self) -> list[Path]:
        """The folders whose disks are watched, separated as in PATH."""
        return [Path(folder) for folder in self.watched_dirs.split(os.pathsep) if folder]

    @property
    def is_secure(self) -> bool:
        """Whether cookies may carry `Secure`: only over TLS, or they would never come back."""
        return self.public_url.startswith("https://")


def read_settings() -> Settings:
    """Return the settings of this process; it fails naming what is missing."""
    return Settings()  # type: ignore[call-arg]  # the values come from the environment
