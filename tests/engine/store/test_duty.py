"""One process is on duty; the lease ends with its holder."""

from pathlib import Path

import pytest

from engine.errors import StoreFailed
from engine.store.duty import Duty


def test_only_one_is_on_duty(tmp_path: Path) -> None:
    first, second = Duty(tmp_path), Duty(tmp_path)

    assert first.take()
    assert not second.take()
    assert (first.is_held, second.is_held) == (True, False)
    first.release()


def test_who_is_on_duty_may_ask_again(tmp_path: Path) -> None:
    duty = Duty(tmp_path)

    assert duty.take()
    assert duty.take()
    duty.release()


def test_duty_is_free_once_its_holder_has_gone(tmp_path: Path) -> None:
    first, second = Duty(tmp_path), Duty(tmp_path)
    first.take()

    first.release()
    first.release()

    assert second.take()
    second.release()


def test_a_folder_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="cannot be used"):
        Duty(tmp_path / "missing").take()
