"""A package is written whole or not at all."""

from pathlib import Path

import pytest

from engine.errors import Invalid
from server.cli.export import check, write


def test_a_package_replaces_what_had_its_name(tmp_path: Path) -> None:
    (tmp_path / "out.zip").write_bytes(b"old")

    write(tmp_path / "out.zip", b"new")

    assert (tmp_path / "out.zip").read_bytes() == b"new"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "out.zip").mkdir()

    with pytest.raises(Invalid, match=r"out\.zip cannot be written: Is a directory\."):
        write(tmp_path / "out.zip", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=r"no folder \S+/none to write out\.zip into"):
        check(tmp_path / "none" / "out.zip")


def test_a_folder_is_no_name_for_a_package(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="is a folder: name a file in it"):
        check(tmp_path)


def test_a_package_is_readable_as_any_file_one_writes(tmp_path: Path) -> None:
    write(tmp_path / "out.zip", b"new")
    (tmp_path / "other").write_bytes(b"")

    assert (tmp_path / "out.zip").stat().st_mode == (tmp_path / "other").stat().st_mode
