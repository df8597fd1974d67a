"""The data folder: private, ours alone, and held by one supervisor."""

import pytest

from stack.errors import AlreadyRunningError, DataFolderError
from stack.folder import DataFolder


@pytest.fixture
def folder(tmp_path):
    made = DataFolder(tmp_path / "data")
    made.prepare()
    return made


def test_it_makes_its_secrets_once_for_its_owner_alone(folder):
    first = folder.load_secrets()

    assert folder.load_secrets() == first
    assert folder.secrets_file.stat().st_mode & 0o777 == 0o600
    assert len(set(vars(first).values())) == 7


def test_it_makes_other_secrets_for_another_folder(folder, tmp_path):
    other = DataFolder(tmp_path / "other")
    other.prepare()

    assert not set(vars(folder.load_secrets()).values()) & set(vars(other.load_secrets()).values())


def test_it_refuses_a_folder_that_holds_something_else(tmp_path):
    (tmp_path / "thesis.odt").write_text("chapter 1")

    with pytest.raises(DataFolderError, match="something that is not Heritwin's"):
        DataFolder(tmp_path).prepare()


def test_it_is_held_by_one_supervisor_at_a_time(folder):
    assert not folder.is_held()
    with folder.hold():
        assert folder.is_held()
        with (
            pytest.raises(AlreadyRunningError, match="is in use by the process"),
            DataFolder(folder.root).hold(),
        ):
            pass
    with folder.hold():
        pass
