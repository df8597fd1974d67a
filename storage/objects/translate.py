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
        # obstore has no class of its own for 416; the server's code stands in the message.
        if "InvalidRange" in str(error) or "status code: 416" in str(error):
            raise RangeOutsideError(f"{key} does not reach as far as was asked", key=key) from error
        raise UnavailableError(f"{key}: the object store does not answer: {error}", key=key) from error
