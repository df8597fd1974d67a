"""The stores behave as a dict of bytes does, whatever is done in whatever order."""

from uuid import uuid4

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from storage.objects.errors import ObjectNotFoundError, RangeOutsideError
from storage.objects.memory import MemoryStore
from storage.objects.store import ObjectStore

# No key is a folder of another: SeaweedFS takes a folder for "present" in a conditional PUT.
KEYS = st.sampled_from(["a", "d/b", "d/c", "b", "ế/ộ"])
DATA = st.binary(min_size=1, max_size=50)
MEDIA = "application/octet-stream"


class ComparedWithADict(RuleBasedStateMachine):
    """Every step is done to the store and to a dict; they must agree."""

    def __init__(self, store: ObjectStore) -> None:
        super().__init__()
        self.store = store
        self.prefix = f"machine/{uuid4()}/"
        self.model: dict[str, bytes] = {}

    @rule(key=KEYS, data=DATA)
    def put(self, key: str, data: bytes) -> None:
        self.store.put(self.prefix + key, data, media_type=MEDIA)
        self.model[key] = data

    @rule(key=KEYS, data=DATA)
    def put_if_absent(self, key: str, data: bytes) -> None:
        done = self.store.put_if_absent(self.prefix + key, data, media_type=MEDIA)
        assert done == (self.model.setdefault(key, data) == data)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        self.store.delete(self.prefix + key)
        self.model.pop(key, None)

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        if key in self.model:
            assert self.store.get(self.prefix + key) == self.model[key]
            assert self.store.head(self.prefix + key).size_bytes == len(self.model[key])
            return
        with pytest.raises(ObjectNotFoundError):
            self.store.get(self.prefix + key)

    @rule(key=KEYS, offset=st.integers(0, 60), length=st.integers(1, 60))
    def get_range(self, key: str, offset: int, length: int) -> None:
        data = self.model.get(key)
        if data is None or offset + length > len(data):
            with pytest.raises((ObjectNotFoundError, RangeOutsideError)):
                self.store.get_range(self.prefix + key, offset, length)
            return
        assert self.store.get_range(self.prefix + key, offset, length) == data[offset : offset + length]

    @invariant()
    def lists_the_same(self) -> None:
        listed = {
            item.key.removeprefix(self.prefix): item.size_bytes for item in self.store.list(self.prefix)
        }
        assert listed == {key: len(data) for key, data in self.model.items()}


def test_it_agrees_with_a_dict_in_memory():
    run_state_machine_as_test(
        lambda: ComparedWithADict(MemoryStore()), settings=settings(max_examples=50, deadline=None)
    )


def test_it_agrees_with_a_dict_in_s3(s3):
    run_state_machine_as_test(
        lambda: ComparedWithADict(s3),
        settings=settings(
            max_examples=8,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
