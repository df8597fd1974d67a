"""Errors of boto3 and obstore, as ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError as ObstoreError
from obstore.exceptions import NotFoundError as ObstoreNotFoundError

from storage.errors import StorageError, UnavailableError
from storage.objects.errors import (
    ChecksumMismatchError,
    MultipartNotFoundError,
    ObjectNotFoundError,
    PartsRefusedError,
    RangeOutsideError,
)

OURS: dict[str, type[StorageError]] = {
    "404": ObjectNotFoundError,
    "NoSuchKey": ObjectNotFoundError,
    "NotFound": ObjectNotFoundError,
    "NoSuchUpload": MultipartNotFoundError,
    "InvalidPart": PartsRefusedError,
    "InvalidPartOrder": PartsRefusedError,
    "EntityTooSmall": PartsRefusedError,
    "BadDigest": ChecksumMismatchError,
    "InvalidRange": RangeOutsideError,
    "416": RangeOutsideError,
}


@contextmanager
def translated(key: str) -> Iterator[None]:
    """Raise our error for one of the libraries' about the object `key`."""
    try:
        yield
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        kind = OURS.get(code, UnavailableError)
        raise kind(f"{key}: the object store says {code or error}", key=key) from error
    except BotoCoreError as error:
        raise UnavailableError(f"{key}: the object store does not answer: {error}", key=key) from error
    except (ObstoreNotFoundError, FileNotFoundError) as error:
        raise ObjectNotFoundError.of("object", key) from error
    except ObstoreError as error:
        raise UnavailableError(f"{key}: the object store does not answer: {error}", key=key) from error
