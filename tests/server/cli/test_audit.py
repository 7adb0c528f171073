"""A log that was tampered with is an error."""

import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.server.cli.sessions import Wireroom, serving


def test_a_changed_event_is_named(wireroom: Wireroom, tmp_path: Path) -> None:
    wireroom("token", "issue", "--name", "Ada", "--role", "admin", "--data-dir", tmp_path / "desk")
    with sqlite3.connect(tmp_path / "desk" / "wireroom.sqlite3") as database:
        database.execute("update events set subject = 'somebody-else' where seq = 1")
    database.close()

    ran = wireroom("audit", "verify", "--data-dir", tmp_path / "desk")

    assert ran.code == 1
    assert ran.err.startswith("Event 1 (")


@pytest.fixture
def folder(wireroom: Wireroom, tmp_path: Path) -> Path:
    """A desk with a few events, signed when each command left."""
    for name in ("Ada", "Bo"):
        ran = wireroom(
            *("token", "issue", "--name", name, "--role", "admin"),
            *("--data-dir", tmp_path / "desk"),
        )
        assert ran.code == 0, ran.err
    return tmp_path / "desk"


def test_a_log_that_holds_says_up_to_where_it_is_signed(wireroom: Wireroom, folder: Path) -> None:
    key = wireroom("audit", "key", "--data-dir", folder).out.strip()

    ran = wireroom("audit", "verify", "--data-dir", folder, "--key", key)

    assert ran.code == 0, ran.err
    assert f"by key {key}" in ran.out


def test_a_copy_is_proven_and_nothing_is_put_beside_it(wireroom: Wireroom, folder: Path) -> None:
    copy = folder.parent / "copy"
    copy.mkdir()
    shutil.copy(folder / "wireroom.sqlite3", copy)

    ran = wireroom("audit", "verify", "--data-dir", copy)

    assert ran.code == 0, ran.err
    assert sorted(each.name for each in copy.iterdir()) == ["wireroom.sqlite3"]


def test_a_cut_end_exits_with_3(
    wireroom: Wireroom, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    anchor = folder.parent / "heads.jsonl"
    shutil.copytree(folder, folder.parent / "before")
    monkeypatch.setenv("WIREROOM_ANCHOR", str(anchor))
    wireroom("token", "issue", "--name", "Cy", "--role", "viewer", "--data-dir", folder)

    whole = wireroom("audit", "verify", "--data-dir", folder, "--anchor", anchor)
    cut = wireroom("audit", "verify", "--data-dir", folder.parent / "before")

    assert whole.code == 0, whole.err
    assert cut.code == 3
    assert "it was cut short or rolled back" in cut.err


def test_a_log_that_the_pinned_key_has_not_signed_exits_with_4(
    wireroom: Wireroom, folder: Path
) -> None:
    ran = wireroom("audit", "verify", "--data-dir", folder, "--key", "0" * 64)

    assert ran.code == 4
    assert "Nothing here is signed by key 0000" in ran.err


def test_a_new_key_is_trusted_through_the_one_before(wireroom: Wireroom, folder: Path) -> None:
    before = wireroom("audit", "key", "--data-dir", folder).out.strip()

    rotated = wireroom("audit", "rotate-key", "--data-dir", folder)
    ran = wireroom("audit", "verify", "--data-dir", folder, "--key", before)

    assert rotated.code == ran.code == 0, ran.err
    assert rotated.out.strip() in ran.out


def test_a_copy_of_the_key_is_encrypted_and_never_written_over(
    wireroom: Wireroom, folder: Path, tmp_path: Path
) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text("nine lazy herons\n")
    command = ("audit", "export-key", tmp_path / "copy.pem", "--passphrase-file", passphrase)

    first = wireroom(*command, "--data-dir", folder)
    again = wireroom(*command, "--data-dir", folder)

    copy = (tmp_path / "copy.pem").read_bytes()
    assert first.code == 0, first.err
    assert copy.startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert stat.S_IMODE((tmp_path / "copy.pem").stat().st_mode) == 0o600
    assert load_pem_private_key(copy, password=b"nine lazy herons")
    assert again.code == 1
    assert (tmp_path / "copy.pem").read_bytes() == copy


def test_a_short_passphrase_is_refused(wireroom: Wireroom, folder: Path, tmp_path: Path) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.touch(mode=0o600)
    passphrase.write_text("short")

    ran = wireroom(
        *("audit", "export-key", tmp_path / "copy.pem", "--passphrase-file", passphrase),
        *("--data-dir", folder),
    )

    assert ran.code == 1
    assert not (tmp_path / "copy.pem").exists()


def test_a_running_desk_is_proven_from_its_folder(wireroom: Wireroom, folder: Path) -> None:
    for _ in serving(folder.parent, "--data-dir", str(folder)):
        ran = wireroom("audit", "verify", "--data-dir", folder)

        assert ran.code == 0, ran.err
