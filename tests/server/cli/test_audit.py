"""A log that was tampered with is an error."""

import sqlite3
from pathlib import Path

from tests.server.cli.sessions import Wireroom


def test_a_changed_event_is_named(wireroom: Wireroom, tmp_path: Path) -> None:
    wireroom("token", "issue", "--name", "Ada", "--role", "admin", "--data-dir", tmp_path / "desk")
    with sqlite3.connect(tmp_path / "desk" / "wireroom.sqlite3") as database:
        database.execute("update events set subject = 'somebody-else' where seq = 1")
    database.close()

    ran = wireroom("audit", "verify", "--data-dir", tmp_path / "desk")

    assert ran.code == 1
    assert ran.err.startswith("Event 1 (")
