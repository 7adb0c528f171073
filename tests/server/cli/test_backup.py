"""``wireroom backup`` beside a running desk, and ``wireroom restore`` of what it wrote."""

from pathlib import Path

from tests.server.cli.sessions import Wireroom, serving


def test_a_running_desk_is_backed_up_and_restored(wireroom: Wireroom, tmp_path: Path) -> None:
    wireroom("token", "issue", "--name", "Ada", "--role", "admin", "--data-dir", tmp_path / "desk")
    (tmp_path / "backups").mkdir()

    for _ in serving(tmp_path, "--data-dir", str(tmp_path / "desk")):
        made = wireroom("backup", tmp_path / "backups", "--data-dir", tmp_path / "desk")
    restored = wireroom("restore", made.out.strip(), "--into", tmp_path / "again")
    proven = wireroom("audit", "verify", "--data-dir", tmp_path / "again")

    assert (made.code, restored.code, proven.code) == (0, 0, 0), restored.err + proven.err
    assert Path(made.out.strip()).parent == tmp_path / "backups"
    assert "nobody is signed in" in restored.out
    listed = wireroom("token", "list", "--data-dir", tmp_path / "again")
    assert "Ada" in listed.out


def test_where_no_desk_lies_there_is_nothing_to_back_up(wireroom: Wireroom, tmp_path: Path) -> None:
    ran = wireroom("backup", tmp_path / "b.tar.gz", "--data-dir", tmp_path / "none")

    assert (ran.code, ran.err) == (1, f"There is no desk in {tmp_path / 'none'}.\n")
    assert not (tmp_path / "none").exists()


def test_what_is_no_backup_is_not_restored(wireroom: Wireroom, tmp_path: Path) -> None:
    (tmp_path / "notes.tar.gz").write_bytes(b"not a backup")

    ran = wireroom("restore", tmp_path / "notes.tar.gz", "--into", tmp_path / "desk")

    assert ran.code == 1
    assert "is not a whole backup" in ran.err
