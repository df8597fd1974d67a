"""An answer of the object store that got lost is no failure: through a proxy that loses them."""

import pytest

from benchmarks.faults import Fault, Request, faulty
from storage.ids import new_id
from storage.objects.s3 import S3Store
from storage.objects.store import ExpectedPart
from tests.conftest import S3Settings
from tests.storage.objects.conformance import MEDIA, expected
from tests.storage.objects.test_s3 import put


class LosesFirst:
    """A plan that loses the first answers to requests of one method, after the store has done them."""

    def __init__(self, method: str, answers: int) -> None:
        self.method, self.left = method, answers

    def __call__(self, request: Request) -> Fault | None:
        if request.method != self.method or not self.left:
            return None
        self.left -= 1
        return Fault(loses_answer=True)


def store_through(s3_settings: S3Settings, port: int) -> S3Store:
    return S3Store(
        endpoint=f"http://127.0.0.1:{port}",
        public_endpoint=s3_settings.endpoint,
        bucket=s3_settings.bucket,
        region="us-east-1",
        access_key=s3_settings.access_key,
        secret_key=s3_settings.secret_key,
    )


@pytest.fixture
def s3_port(s3_settings: S3Settings) -> int:
    return int(s3_settings.endpoint.rpartition(":")[2])


def sent(store: S3Store, key: str, data: bytes) -> tuple[str, ExpectedPart]:
    multipart, part = store.create_multipart(key, media_type=MEDIA), expected(1, data)
    request = store.presign_part(key, multipart, part, expires_s=60)
    assert put(request.url, dict(request.headers), data) == 200
    return multipart, part


@pytest.mark.parametrize("lost", [1, 3])
def test_it_completes_a_multipart_upload_whose_answers_got_lost(s3_settings, s3_port, lost):
    key, plan = f"lost/{new_id()}", LosesFirst("POST", 0)
    with faulty(s3_port, plan) as proxy:
        store = store_through(s3_settings, proxy.port)
        multipart, part = sent(store, key, b"all of it")
        plan.left = lost
        head = store.complete_multipart(key, multipart, [part])

    assert proxy.counts.lost_answers == lost
    assert head.size_bytes == len(b"all of it")


def test_it_takes_a_conditional_put_for_done_when_its_answer_got_lost(s3_settings, s3_port):
    key, plan = f"lost/{new_id()}", LosesFirst("PUT", 1)
    with faulty(s3_port, plan) as proxy:
        store = store_through(s3_settings, proxy.port)
        was_ours = store.put_if_absent(key, b"manifest", media_type=MEDIA)
        another = store.put_if_absent(key, b"other bytes", media_type=MEDIA)

    assert proxy.counts.lost_answers == 1
    assert (was_ours, another) == (True, False)
