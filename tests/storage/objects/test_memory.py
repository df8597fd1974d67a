"""The memory store conforms."""

import pytest

from storage.objects.errors import ChecksumMismatchError
from storage.objects.memory import MemoryStore
from storage.objects.store import ObjectStore, SignedRequest
from tests.storage.objects.conformance import ObjectStoreConformance


class TestMemoryStore(ObjectStoreConformance):
    """Objects in memory."""

    @pytest.fixture
    def store(self) -> ObjectStore:
        """A fresh one."""
        return MemoryStore()

    def send(self, store: ObjectStore, request: SignedRequest, data: bytes) -> int:
        """Hand the bytes over."""
        assert isinstance(store, MemoryStore)
        try:
            store.accept(request.url, data, request.headers)
        except ChecksumMismatchError:
            return 400
        return 200
