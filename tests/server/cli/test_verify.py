"""``wireroom verify`` says what is wrong and exits with 1."""

from pathlib import Path

from tests.server.cli.sessions import Wireroom


def test_what_is_no_package_is_not_relied_on(wireroom: Wireroom, tmp_path: Path) -> None:
    (tmp_path / "notes.zip").write_bytes(b"not a package")

    ran = wireroom("verify", tmp_path / "notes.zip")

    assert ran.code == 1
    assert ran.out.startswith("✗ ")
    assert ran.err.endswith("notes.zip is not to be relied on.\n")
