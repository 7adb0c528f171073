"""``wireroom hold`` and ``wireroom erase`` on a folder."""

from pathlib import Path

import pytest

from tests.server.cli.sessions import Running, Wireroom


@pytest.fixture
def folder(wireroom: Wireroom, tmp_path: Path) -> Path:
    folder = tmp_path / "desk"
    wireroom("token", "issue", "--name", "Mira Solheim", "--role", "viewer", "--data-dir", folder)
    return folder


def test_an_erased_person_is_gone_and_the_log_holds(wireroom: Wireroom, folder: Path) -> None:
    ran = wireroom("erase", "--person", "Mira Solheim", "--why", "asked", "--data-dir", folder)
    proven = wireroom("audit", "verify", "--data-dir", folder)

    assert (ran.code, proven.code) == (0, 0), ran.err + proven.err
    assert "events and 0 briefs are without it" in ran.out
    assert "Mira" not in wireroom("token", "list", "--data-dir", folder).out


def test_a_hold_keeps_a_person_until_it_ends(wireroom: Wireroom, folder: Path) -> None:
    on = ("--data-dir", folder)
    erase = ("erase", "--person", "Mira Solheim", "--why", "asked", *on)
    wireroom("hold", "add", "Mira Solheim", "--why", "claim 12", *on)

    refused = wireroom(*erase)
    listed = wireroom("hold", "list", *on)
    wireroom("hold", "remove", "Mira Solheim", *on)
    erased = wireroom(*erase)

    assert (refused.code, erased.code) == (1, 0)
    assert "under a legal hold by system: claim 12" in refused.err
    assert listed.out.startswith("Mira Solheim  ")


def test_an_erasure_names_one_thing(wireroom: Wireroom, folder: Path) -> None:
    ran = wireroom("erase", "--why", "asked", "--data-dir", folder)

    assert (ran.code, ran.err) == (1, "Name either a --person or an --item.\n")


def test_a_running_desk_holds_rotates_and_refuses_over_rest(
    wireroom: Wireroom, mock_desk: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WIREROOM_TOKEN", "demo-admin")
    at = ("--url", mock_desk.url)

    added = wireroom("hold", "add", "reed bed & co", "--why", "claim 12", *at)
    listed = wireroom("hold", "list", *at)
    ended = wireroom("hold", "remove", "reed bed & co", *at)
    rotated = wireroom("audit", "rotate-key", *at)
    nobody = wireroom("erase", "--person", "Nobody At All", "--why", "asked", *at)
    item = wireroom("erase", "--item", "no-such-item", "--why", "asked", *at)
    proven = wireroom("audit", "verify", *at)

    assert (added.code, ended.code, rotated.code, proven.code) == (0, 0, 0, 0), proven.err
    assert listed.out == added.out
    assert len(rotated.out.strip()) == 64
    assert nobody.err == "There is nobody named 'Nobody At All'.\n"
    assert item.err == "There is no item 'no-such-item'.\n"
