"""A package is written whole or not at all."""

from pathlib import Path

import pytest

from server.cli.export import write


def test_a_package_replaces_what_had_its_name(tmp_path: Path) -> None:
    (tmp_path / "out.zip").write_bytes(b"old")

    write(tmp_path / "out.zip", b"new")

    assert (tmp_path / "out.zip").read_bytes() == b"new"


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "out.zip").mkdir()

    with pytest.raises(OSError, match="directory"):
        write(tmp_path / "out.zip", b"new")

    assert [path.name for path in tmp_path.iterdir()] == ["out.zip"]


def test_a_package_is_readable_as_any_file_one_writes(tmp_path: Path) -> None:
    write(tmp_path / "out.zip", b"new")
    (tmp_path / "other").write_bytes(b"")

    assert (tmp_path / "out.zip").stat().st_mode == (tmp_path / "other").stat().st_mode
