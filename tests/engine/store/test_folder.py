"""A data folder has one owner, named for those who come second."""

import os
from pathlib import Path

import pytest

from engine.errors import DataFolderBusy, StoreFailed
from engine.store.folder import LOCK_NAME, DataFolder, Owner, owner


def test_the_second_comer_is_told_who_and_where(tmp_path: Path) -> None:
    folder = DataFolder.acquire(tmp_path, "127.0.0.1:8787")

    with pytest.raises(DataFolderBusy, match=f"process {os.getpid()} at 127.0.0.1:8787"):
        DataFolder.acquire(tmp_path)

    folder.release()


def test_a_released_folder_can_be_taken_again(tmp_path: Path) -> None:
    DataFolder.acquire(tmp_path).release()

    folder = DataFolder.acquire(tmp_path, "a:1")

    assert owner(tmp_path) == Owner(pid=os.getpid(), addr="a:1")
    folder.release()
    assert owner(tmp_path) is None


def test_asking_for_the_owner_creates_nothing(tmp_path: Path) -> None:
    assert owner(tmp_path / "missing") is None
    assert not (tmp_path / "missing").exists()


def test_what_a_crash_left_in_the_lock_file_does_not_count(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_bytes(b'{"pid":1,"addr":"old:1"}')

    assert owner(tmp_path) is None


def test_a_lock_file_with_nonsense_still_names_no_wrong_owner(tmp_path: Path) -> None:
    folder = DataFolder.acquire(tmp_path)
    (tmp_path / LOCK_NAME).write_bytes(b"nonsense")

    assert owner(tmp_path) == Owner(pid=0)
    folder.release()


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StoreFailed, match="cannot be used"):
        DataFolder.acquire(tmp_path / "file" / "desk")


def test_a_folder_is_taken_until_all_who_share_its_lock_have_let_go(tmp_path: Path) -> None:
    first = DataFolder.acquire(tmp_path, "a:1")
    second = DataFolder.share(tmp_path, "a:1", os.dup(first.lock))

    first.release()

    with pytest.raises(DataFolderBusy):
        DataFolder.acquire(tmp_path)
    second.claim()
    assert owner(tmp_path) == Owner(pid=os.getpid(), addr="a:1")
    second.release()
    assert owner(tmp_path) is None


def test_who_leaves_does_not_erase_its_successors_name(tmp_path: Path) -> None:
    folder = DataFolder.acquire(tmp_path, "a:1")
    inherited = os.dup(folder.lock)
    (tmp_path / LOCK_NAME).write_bytes(b'{"pid":1,"addr":"a:1"}')

    folder.release()

    assert owner(tmp_path) == Owner(pid=1, addr="a:1")
    os.close(inherited)
