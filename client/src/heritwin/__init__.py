"""Python SDK and the ``heritwin`` command: speaks the public API only."""

from heritwin.api import Api
from heritwin.errors import ApiError, ClientError
from heritwin.uploads.transfer import UploadOptions, upload

__all__ = ["Api", "ApiError", "ClientError", "UploadOptions", "upload"]
