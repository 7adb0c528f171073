"""The token comes from the environment or a file that only its owner can read."""

from pathlib import Path

import pytest

from engine.errors import SettingInvalid
from server.cli.credentials import token


def secret_file(folder: Path, content: bytes = b"wr_secret\n", mode: int = 0o600) -> Path:
    path = folder / "token"
    path.write_bytes(content)
    path.chmod(mode)
    return path


def test_the_environment_is_asked_when_no_file_is_named() -> None:
    assert token({"WIREROOM_TOKEN": "wr_x"}, None) == "wr_x"
    assert token({"WIREROOM_TOKEN": ""}, None) is None


def test_a_private_file_comes_before_the_environment(tmp_path: Path) -> None:
    assert token({"WIREROOM_TOKEN": "wr_x"}, secret_file(tmp_path)) == "wr_secret"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    with pytest.raises(SettingInvalid, match="chmod 600"):
        token({}, secret_file(tmp_path, mode=mode))


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe"])
def test_a_file_without_a_token_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SettingInvalid, match="token file"):
        token({}, secret_file(tmp_path, content))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingInvalid, match="cannot be read: No such file"):
        token({}, tmp_path / "none")
