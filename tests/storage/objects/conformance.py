"""What every object store does: one suite that all backends inherit."""

import asyncio
import hashlib
import os
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from storage.objects.errors import (
    ChecksumMismatchError,
    MultipartNotFoundError,
    ObjectNotFoundError,
    PartsRefusedError,
    RangeOutsideError,
)
from storage.objects.store import ExpectedPart, ObjectStore, SignedRequest, composite_checksum

MEDIA = "application/octet-stream"
MIB = 1024 * 1024


def expected(number: int, data: bytes) -> ExpectedPart:
    """The part as it would be signed."""
    return ExpectedPart(number=number, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


class ObjectStoreConformance:
    """Inherit, give a `store` fixture, and say how a part is sent."""

    @pytest.fixture
    def store(self) -> ObjectStore:
        """The backend under test."""
        raise AssertionError("a backend's suite gives the store")

    def send(self, store: ObjectStore, request: SignedRequest, data: bytes) -> int:
        """Send bytes to a signed request; return the status."""
        raise AssertionError("a backend's suite says how")

    @pytest.fixture
    def key(self) -> str:
        """A key that nothing else has."""
        return f"conformance/{uuid4()}/điện thái hòa.bin"

    def begin(self, store: ObjectStore, key: str, parts: list[bytes]) -> str:
        """Begin a multipart upload and send all parts."""
        multipart = store.create_multipart(key, media_type=MEDIA)
        for number, data in enumerate(parts, start=1):
            request = store.presign_part(key, multipart, expected(number, data), expires_s=60)
            assert self.send(store, request, data) == 200
        return multipart

    def test_it_answers(self, store):
        store.check()

    def test_it_gives_back_what_was_put(self, store, key):
        store.put(key, b"abc", media_type="text/plain")

        assert store.get(key) == b"abc"
        assert store.head(key).size_bytes == 3
        assert store.head(key).media_type == "text/plain"

    def test_it_puts_a_file_and_says_its_digest(self, store, key, tmp_path: Path):
        file = tmp_path / "pack.bin"
        file.write_bytes(b"pack" * 1000)

        sha256 = store.put_file(key, file, media_type=MEDIA)

        assert sha256 == hashlib.sha256(b"pack" * 1000).hexdigest()
        assert store.get(key) == b"pack" * 1000

    def test_it_knows_no_object_that_was_not_put(self, store, key):
        for ask in (
            store.get,
            store.head,
            lambda k: store.get_range(k, 0, 1),
            lambda k: list(store.stream(k)),
        ):
            with pytest.raises(ObjectNotFoundError):
                ask(key)

    def test_it_knows_no_object_when_asked_asynchronously(self, store, key):
        with pytest.raises(ObjectNotFoundError):
            asyncio.run(store.aget_range(key, 0, 1))

    def test_it_puts_only_once_if_absent(self, store, key):
        assert store.put_if_absent(key, b"first", media_type=MEDIA) is True
        assert store.put_if_absent(key, b"other", media_type=MEDIA) is False
        assert store.get(key) == b"first"

    def test_it_takes_a_repeated_put_of_the_same_bytes_for_success(self, store, key):
        store.put_if_absent(key, b"same", media_type=MEDIA)

        assert store.put_if_absent(key, b"same", media_type=MEDIA) is True

    def test_it_lets_one_of_many_writers_win(self, store, key):
        won = []
        barrier = threading.Barrier(6)

        def write(number: int) -> None:
            barrier.wait(10)
            won.append(store.put_if_absent(key, f"writer {number}".encode(), media_type=MEDIA))

        threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert sorted(won) == [False] * 5 + [True]

    def test_it_reads_ranges_exactly(self, store, key):
        data = os.urandom(100_000)
        store.put(key, data, media_type=MEDIA)

        assert store.get_range(key, 70_000, 1234) == data[70_000:71_234]
        assert asyncio.run(store.aget_range(key, 70_000, 1234)) == data[70_000:71_234]
        assert store.get_range(key, 99_999, 1) == data[-1:]

    @pytest.mark.parametrize(("offset", "length"), [(8, 10), (10, 1), (-1, 2), (0, 0)])
    def test_it_refuses_ranges_that_are_not_all_there(self, store, key, offset, length):
        store.put(key, b"0123456789", media_type=MEDIA)

        with pytest.raises(RangeOutsideError):
            store.get_range(key, offset, length)
        with pytest.raises(RangeOutsideError):
            asyncio.run(store.aget_range(key, offset, length))

    def test_it_streams_the_whole_and_parts(self, store, key):
        data = os.urandom(9 * MIB)
        store.put(key, data, media_type=MEDIA)

        pieces = list(store.stream(key))

        assert b"".join(pieces) == data
        assert max(map(len, pieces)) <= 4 * MIB
        assert b"".join(store.stream(key, offset=5, length=7)) == data[5:12]
        assert b"".join(store.stream(key, offset=MIB)) == data[MIB:]

    def test_it_streams_asynchronously(self, store, key):
        data = os.urandom(3 * MIB)
        store.put(key, data, media_type=MEDIA)

        async def read(**more: int) -> bytes:
            return b"".join([piece async for piece in store.astream(key, **more)])

        assert asyncio.run(read()) == data
        assert asyncio.run(read(offset=10, length=20)) == data[10:30]
        assert asyncio.run(read(offset=MIB)) == data[MIB:]

    def test_it_deletes_and_does_not_mind_twice(self, store, key):
        store.put(key, b"x", media_type=MEDIA)

        store.delete(key)
        store.delete(key)

        with pytest.raises(ObjectNotFoundError):
            store.head(key)

    def test_it_lists_by_prefix_in_order(self, store, key):
        prefix = key.rsplit("/", 1)[0] + "/list/"
        for name in ("b", "a/2", "a/1", "ab"):
            store.put(prefix + name, name.encode(), media_type=MEDIA)

        assert [item.key.removeprefix(prefix) for item in store.list(prefix + "a")] == ["a/1", "a/2", "ab"]
        assert [item.size_bytes for item in store.list(prefix)] == [3, 3, 2, 1]

    def test_it_makes_an_object_of_its_parts(self, store, key):
        parts = [os.urandom(5 * MIB), os.urandom(1000)]
        multipart = self.begin(store, key, parts)

        there = store.list_parts(key, multipart)
        head = store.complete_multipart(key, multipart, [expected(n, p) for n, p in enumerate(parts, 1)])

        assert [(part.number, part.size_bytes) for part in there] == [(1, 5 * MIB), (2, 1000)]
        assert head.size_bytes == 5 * MIB + 1000
        assert head.checksum_sha256 == composite_checksum(expected(n, p) for n, p in enumerate(parts, 1))
        assert store.get(key) == b"".join(parts)

    def test_it_takes_a_repeated_completion_for_success(self, store, key):
        multipart = self.begin(store, key, [b"once"])
        first = store.complete_multipart(key, multipart, [expected(1, b"once")])

        assert store.complete_multipart(key, multipart, [expected(1, b"once")]).size_bytes == first.size_bytes

    def test_it_refuses_a_part_with_other_bytes_than_were_signed(self, store, key):
        multipart = store.create_multipart(key, media_type=MEDIA)
        request = store.presign_part(key, multipart, expected(1, b"right"), expires_s=60)

        assert self.send(store, request, b"wrong") == 400
        assert list(store.list_parts(key, multipart)) == []

    def test_it_refuses_to_complete_with_a_part_missing(self, store, key):
        multipart = self.begin(store, key, [b"only"])

        with pytest.raises(PartsRefusedError):
            store.complete_multipart(key, multipart, [expected(1, b"only"), expected(2, b"never sent")])

    def test_it_refuses_to_complete_with_another_digest_than_arrived(self, store, key):
        multipart = self.begin(store, key, [b"sent"])

        with pytest.raises((PartsRefusedError, ChecksumMismatchError)):
            store.complete_multipart(key, multipart, [expected(1, b"told")])

    def test_it_forgets_an_aborted_multipart_and_does_not_mind_twice(self, store, key):
        multipart = self.begin(store, key, [b"gone"])

        store.abort_multipart(key, multipart)
        store.abort_multipart(key, multipart)

        with pytest.raises(MultipartNotFoundError):
            store.list_parts(key, multipart)
        with pytest.raises(ObjectNotFoundError):
            store.head(key)

    def test_it_takes_a_small_object_by_a_signed_request_held_to_its_bytes(self, store, key):
        digest = hashlib.sha256(b"head").hexdigest()
        request = store.presign_put(key, size_bytes=4, sha256=digest, expires_s=60)

        assert self.send(store, request, b"haed") >= 400
        assert self.send(store, request, b"head") == 200
        assert store.get(key) == b"head"

    def test_it_lists_what_is_under_way(self, store, key):
        multipart = store.create_multipart(key, media_type=MEDIA)
        prefix = key.rpartition("/")[0] + "/"
        begun = [each for each in store.list_multiparts(prefix) if each.key == key]
        store.abort_multipart(key, multipart)

        assert [each.multipart_id for each in begun] == [multipart]
        assert begun[0].begun_at.tzinfo is not None
        assert multipart not in [each.multipart_id for each in store.list_multiparts(prefix)]
