"""What this package must be told at start: where rows and bytes live."""

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class StorageSettings(BaseSettings):
    """Read once at start from `HERITWIN_…`, and passed down."""

    model_config = SettingsConfigDict(env_prefix="HERITWIN_", frozen=True, extra="ignore")

    database_url: str
    s3_endpoint: str
    s3_public_endpoint: str | None = None
    s3_bucket: str = "heritwin"
    s3_region: str = "us-east-1"
    s3_access_key: str
    s3_secret_key: SecretStr


class DatabaseSettings(BaseSettings):
    """The database alone: what migrations and first set-up need."""

    model_config = SettingsConfigDict(env_prefix="HERITWIN_", frozen=True, extra="ignore")

    database_url: str


def read_settings() -> StorageSettings:
    """Read all of them from the environment."""
    return StorageSettings()  # type: ignore[call-arg]  # the environment gives the rest


def read_database_settings() -> DatabaseSettings:
    """Read the database's address from the environment."""
    return DatabaseSettings()  # type: ignore[call-arg]  # the environment gives it
