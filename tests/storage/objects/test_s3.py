"""The S3 store conforms, on a real SeaweedFS."""

import http.client
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from storage.errors import UnavailableError
from storage.objects.s3 import S3Store
from storage.objects.store import ObjectStore, SignedRequest
from tests.conftest import S3Settings
from tests.storage.objects.conformance import MEDIA, ObjectStoreConformance, expected


def put(url: str, headers: dict[str, str], data: bytes) -> int:
    """Send a PUT as a client would; return the status."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        connection.request("PUT", f"{parts.path}?{parts.query}", body=data, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()


class TestS3Store(ObjectStoreConformance):
    """Objects in S3."""

    @pytest.fixture
    def store(self, s3: S3Store) -> ObjectStore:
        """The store on this worker's bucket."""
        return s3

    def send(self, store: ObjectStore, request: SignedRequest, data: bytes) -> int:
        """Send the bytes over HTTP."""
        return put(request.url, dict(request.headers), data)

    def test_it_refuses_a_signed_request_without_its_checksum(self, store, key):
        multipart = store.create_multipart(key, media_type=MEDIA)
        request = store.presign_part(key, multipart, expected(1, b"right"), expires_s=60)

        assert put(request.url, {"Content-Length": "5"}, b"wrong") == 403

    def test_it_refuses_a_signed_request_with_another_length(self, store, key):
        multipart = store.create_multipart(key, media_type=MEDIA)
        request = store.presign_part(key, multipart, expected(1, b"right"), expires_s=60)

        assert put(request.url, {**request.headers, "Content-Length": "6"}, b"longer") == 403

    def test_it_has_parts_kept_as_they_are_sent(self, store, key, kept_bytes):
        data = bytes(2_000_000)
        multipart = store.create_multipart(key, media_type=MEDIA)
        second = store.presign_part(key, multipart, expected(2, data), expires_s=60)
        before = kept_bytes()

        assert self.send(store, second, data) == 200
        assert kept_bytes() - before >= len(data)

    def test_it_signs_a_download_that_needs_no_key(self, store, key):
        store.put(key, b"for you", media_type=MEDIA)

        with urlopen(store.presign_get(key, expires_s=60, filename="Điện.las"), timeout=30) as answer:
            assert answer.read() == b"for you"

    def test_it_signs_for_the_public_address(self, s3_settings: S3Settings):
        store = S3Store(
            endpoint=s3_settings.endpoint,
            public_endpoint="https://twin.example",
            bucket=s3_settings.bucket,
            region="us-east-1",
            access_key=s3_settings.access_key,
            secret_key=s3_settings.secret_key,
        )
        request = store.presign_part("blobs/x", "id", expected(1, b"x"), expires_s=60)

        assert request.url.startswith(f"https://twin.example/{s3_settings.bucket}/blobs/x?")

    def test_it_says_so_when_nothing_answers(self):
        store = S3Store(
            endpoint="http://127.0.0.1:9",
            public_endpoint=None,
            bucket="none",
            region="us-east-1",
            access_key="a",
            secret_key="b" * 16,
        )

        with pytest.raises(UnavailableError):
            store.check()
