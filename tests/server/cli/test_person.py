"""People and the second admin on the command line, alone on a folder and on a running desk."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.cli.sessions import Running, Wireroom, serving


def made(wireroom: Wireroom, name: str, role: str, *where: object) -> str:
    """Somebody made on the host; their token."""
    ran = wireroom("token", "issue", "--name", name, "--role", role, *where)
    assert ran.code == 0, ran.err
    return ran.out.strip()


def test_on_the_host_a_role_is_granted_and_taken_at_once(wireroom: Wireroom) -> None:
    made(wireroom, "Ann Berg", "viewer")

    granted = wireroom("person", "grant", "Ann Berg", "Analyst")
    taken = wireroom("person", "take", "Ann Berg", "Analyst")

    assert "Ann Berg  viewer, Analyst  since " in granted.out
    assert "Ann Berg  viewer  since " in taken.out
    assert taken.out == wireroom("person", "list").out


def test_on_the_host_a_deputy_is_named_and_ended(wireroom: Wireroom) -> None:
    made(wireroom, "Ann Berg", "viewer")
    dates = ("--from", "2100-03-02", "--until", "2100-03-09T12:00")

    named = wireroom("person", "deputise", "Ann Berg", "Analyst", *dates)
    ended = wireroom("person", "end-deputy", "Ann Berg", "Analyst")

    assert "deputy of Analyst 2100-03-02 00:00 to 2100-03-09 12:00 UTC" in named.out
    assert "deputy" not in ended.out


def test_somebody_unknown_is_a_sentence(wireroom: Wireroom) -> None:
    ran = wireroom("person", "grant", "Nobody", "Analyst")

    assert (ran.code, ran.err) == (
        1,
        "There is nobody named 'Nobody': `wireroom token issue` makes somebody known.\n",
    )


@pytest.fixture
def desk(wireroom: Wireroom, tmp_path: Path) -> Iterator[tuple[Running, dict[str, str]]]:
    """A running desk that knows two admins and a viewer."""
    where = ("--data-dir", tmp_path / "desk")
    tokens = {name: made(wireroom, name, "admin", *where) for name in ("Ada", "Abe")}
    made(wireroom, "Ann Berg", "viewer", *where)
    (tmp_path / "empty").mkdir()
    for running in serving(tmp_path / "empty", "--data-dir", str(tmp_path / "desk")):
        yield running, tokens


@pytest.fixture
def as_(
    desk: tuple[Running, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], None]:
    running, tokens = desk

    def use(name: str) -> None:
        monkeypatch.setenv("WIREROOM_URL", running.url)
        monkeypatch.setenv("WIREROOM_TOKEN", tokens[name])

    return use


def test_on_a_running_desk_one_admin_asks_and_another_confirms(
    wireroom: Wireroom, as_: Callable[[str], None]
) -> None:
    as_("Ada")
    asked = wireroom("person", "grant", "Ann Berg", "Analyst")
    change_id = asked.out.split()[0]
    alone = wireroom("change", "confirm", change_id)
    as_("Abe")

    listed = wireroom("change", "list")
    confirmed = wireroom("change", "confirm", change_id)

    assert listed.out == asked.out
    assert "Ann Berg becomes Analyst  asked by Ada  waits until" in asked.out
    assert (alone.code, "another admin must confirm" in alone.err) == (1, True)
    assert "confirmed by Abe" in confirmed.out
    assert "Ann Berg  viewer, Analyst" in wireroom("person", "list").out


def test_what_was_asked_for_can_be_taken_back(
    wireroom: Wireroom, as_: Callable[[str], None]
) -> None:
    as_("Ada")
    dates = ("--from", "2100-03-02", "--until", "2100-03-09")
    asked = wireroom("person", "deputise", "Ann Berg", "Strategy Head", *dates)

    refused = wireroom("change", "refuse", asked.out.split()[0])

    assert "becomes deputy of Strategy Head, 2100-03-02 00:00" in asked.out
    assert "refused by Ada" in refused.out
    assert wireroom("change", "list").out == ""
