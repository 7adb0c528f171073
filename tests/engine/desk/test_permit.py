"""Rights are asked for where something is committed, whatever the credential was believed to be."""

from collections.abc import Awaitable, Callable

import pytest

from engine.engine import Engine
from engine.errors import NotAllowed
from engine.ingest.sources import NewSource
from engine.model import SYSTEM, Entry, Principal
from tests.engine.desk.conftest import Mirror
from tests.engine.desk.day import ADA, STRIKE, with_strike
from tests.engine.desk.test_people import known

Command = Callable[[Engine, Principal], Awaitable[object]]

REVIEWERS: dict[str, Command] = {
    "open a review": lambda e, by: e.briefs.open_review(by, STRIKE),
    "adopt": lambda e, by: e.briefs.adopt(by, STRIKE, "x"),
    "correct": lambda e, by: e.issues.correct(by, STRIKE, "Risk"),
    "split": lambda e, by: e.regrouping.split(by, STRIKE, ["x"]),
    "withdraw": lambda e, by: e.regrouping.withdraw(by, "x", "It was wrong."),
    "export": lambda e, by: e.exports.create(by, STRIKE),
    "interrupt": lambda e, by: e.review.interrupt(by, "Wait."),
    "push": lambda e, by: e.ingest.push(by, [Entry(title="A", url="https://a.example/")]),
    "run": lambda e, by: e.ingest.run(by),
    "upload": lambda e, by: e.ingest.upload(by, "csv", "rows", {}, b"title\nA\n"),
}
ADMINS: dict[str, Command] = {
    "hold": lambda e, by: e.holds.add(by, STRIKE, "A lawsuit."),
    "erase": lambda e, by: e.erasure.person(by, "Mira", "asked for it"),
    "add a source": lambda e, by: e.ingest.add_source(by, NewSource(location="https://a.example/")),
    "issue a token": lambda e, by: e.access.issue_token(by, "Jon", (), None),
    "rotate the key": lambda e, by: e.notary.rotate(by),
}


@pytest.mark.parametrize("command", REVIEWERS.values(), ids=REVIEWERS)
async def test_a_reviewer_whose_role_was_taken_away_meanwhile_may_not(
    engine: Engine, mirror: Mirror, command: Command
) -> None:
    await with_strike(engine)
    believed = await known(engine, "Mira", "Analyst")
    await engine.people.take(ADA, believed.id, "Analyst")

    with pytest.raises(NotAllowed, match="Mira may not do this"):
        await command(engine, believed)


@pytest.mark.parametrize("command", ADMINS.values(), ids=ADMINS)
async def test_an_admin_whose_role_was_taken_away_meanwhile_may_not(
    engine: Engine, mirror: Mirror, command: Command
) -> None:
    await with_strike(engine)
    believed = await known(engine, "Mira", "admin")
    await engine.people.take(SYSTEM, believed.id, "admin")

    with pytest.raises(NotAllowed, match="Mira may not do this"):
        await command(engine, believed)
