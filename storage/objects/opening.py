"""Open the object store that the settings name."""

from storage.objects.s3 import S3Store
from storage.settings import StorageSettings


def open_store(settings: StorageSettings) -> S3Store:
    """Return the store; nothing is sent yet."""
    return S3Store(
        endpoint=settings.s3_endpoint,
        public_endpoint=settings.s3_public_endpoint,
        bucket=settings.s3_bucket,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(),
    )
