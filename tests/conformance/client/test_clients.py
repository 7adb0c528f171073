"""What the protocol asks of a client, met by a server that is true to it and a line that is not."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from tests.conformance.client.driving import DRIVERS, driven
from tests.conformance.client.scripted import Line, ScriptedServer, event, events, running


@pytest.fixture(params=DRIVERS)
def client(request: pytest.FixtureRequest) -> Sequence[str]:
    driver = DRIVERS[request.param]
    if not driver[0]:
        pytest.skip("NODE IS NOT INSTALLED: /client.js was not tested against the protocol")
    return driver


def starting(*numbers: int, at: str = "e1-0") -> Any:
    """A script: a snapshot, then these events."""

    async def script(line: Line) -> None:
        await line.snapshot(at)
        await line.say(*events(*numbers))

    return script


def starting_then_closing(code: int, *numbers: int) -> Any:
    async def script(line: Line) -> None:
        await starting(*numbers)(line)
        await line.close(code)

    return script


def resuming(*numbers: int, head: int | None = None) -> Any:
    """A script: recovered from where the client asked, then these events, and no end."""

    async def script(line: Line) -> None:
        await line.subscribed(f"e1-{head or max(numbers)}", line.asked["since"])
        await line.say(*events(*numbers))

    return script


# -- a connection ----------------------------------------------------------------------------------


async def test_a_snapshot_comes_before_its_events(client: Sequence[str]) -> None:
    server = ScriptedServer(starting(1, 2, 3))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(4)

    assert shown == ["e1-0", "e1-1", "e1-2", "e1-3"]
    assert "since" not in server.lines[0].asked


async def test_filter_and_start_are_asked_for(client: Sequence[str]) -> None:
    where = {"quadrant": ["Risk"], "min_score": 0.5}
    options = {"topics": ["issue", "review"], "where": where, "since": "e1-7", "snapshot": True}
    async with (
        running(ScriptedServer(resuming(8))) as server,
        driven(client, server.url, **options) as follower,
    ):
        await follower.until_it_shows(1)

    asked = server.lines[0].asked
    assert {name: asked[name] for name in options} == options


async def test_what_is_of_a_later_version_is_passed_over(client: Sequence[str]) -> None:
    async def script(line: Line) -> None:
        await line.snapshot("e1-0")
        await line.say({"op": "weather", "wind": 3}, {**event("e1-1"), "colour": "green"})

    async with running(ScriptedServer(script)) as server, driven(client, server.url) as follower:
        shown = await follower.until_it_shows(2)

    assert shown == ["e1-0", "e1-1"]


async def test_without_a_credential_where_one_is_needed_it_stops(client: Sequence[str]) -> None:
    async def opening(line: Line) -> None:
        await line.hello(auth="required")
        await line.hear()

    async with (
        running(ScriptedServer(opening=opening)) as server,
        driven(client, server.url) as follower,
    ):
        code = await follower.until_refused()

    assert code == "not_authenticated"
    assert len(server.lines) == 1


async def test_a_credential_never_stands_in_the_address(client: Sequence[str]) -> None:
    """It comes in the header or, where a browser cannot set one, in ``auth``."""

    async def opening(line: Line) -> None:
        await line.hello(auth="ok" if line.authorization else "required")
        first = await line.hear()
        if first["op"] == "auth":
            await line.say({"op": "ok", "id": first["id"]})
            await line.hear()

    server = ScriptedServer(starting(1), opening=opening)
    async with running(server), driven(client, server.url, token="wr_secret") as follower:
        await follower.until_it_shows(2)

    (line, *_) = server.lines
    given = line.authorization or next(m["token"] for m in line.heard if m["op"] == "auth")
    assert given.removeprefix("Bearer ") == "wr_secret"
    assert line.url == "/ws"


async def test_ids_grow(client: Sequence[str]) -> None:
    async def opening(line: Line) -> None:
        await line.hello(auth="ok" if line.authorization else "required")
        while (await line.hear())["op"] != "subscribe":
            await line.say({"op": "ok", "id": line.heard[-1]["id"]})

    server = ScriptedServer(starting(1), opening=opening)
    async with running(server), driven(client, server.url, token="wr_secret") as follower:
        await follower.until_it_shows(2)

    ids = [message["id"] for message in server.lines[0].heard]
    assert ids == sorted(set(ids))
    assert ids[0] >= 1


# -- coming back -----------------------------------------------------------------------------------


async def test_a_cut_line_is_resumed_after_the_last_event_seen(client: Sequence[str]) -> None:
    server = ScriptedServer(starting(1, 2), resuming(3, 4))
    async with running(server), driven(client, server.url) as follower:
        await follower.until_it_shows(3)
        server.lines[0].cut()
        shown = await follower.until_it_shows(5)

    since = server.lines[1].asked["since"]
    assert shown == ["e1-0", "e1-1", "e1-2", "e1-3", "e1-4"]
    assert since == "e1-2"
    assert 250 <= follower.waits_ms[0] <= 500


async def test_what_comes_twice_is_shown_once(client: Sequence[str]) -> None:
    server = ScriptedServer(starting_then_closing(4410, 1, 2, 2, 1, 3), resuming(2, 3, 4, 3, 5))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(6)

    assert shown == ["e1-0", "e1-1", "e1-2", "e1-3", "e1-4", "e1-5"]


async def test_a_cursor_is_compared_as_a_number(client: Sequence[str]) -> None:
    server = ScriptedServer(starting_then_closing(4410, 9, 10), resuming(9, 10, 11, 2**62))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(5)

    assert shown == ["e1-0", "e1-9", "e1-10", "e1-11", f"e1-{2**62}"]


async def test_goodbye_says_how_long_to_stay_away(client: Sequence[str]) -> None:
    async def leaves(line: Line) -> None:
        await starting(1)(line)
        await line.say({"op": "goodbye", "reconnect_ms": [120, 180]})
        await line.close(1012)

    server = ScriptedServer(leaves, resuming(2))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(3)

    assert shown == ["e1-0", "e1-1", "e1-2"]
    assert 120 <= follower.waits_ms[0] <= 180


@pytest.mark.parametrize("code", [1012, 4410])
async def test_after_these_codes_it_comes_back_at_once(client: Sequence[str], code: int) -> None:
    server = ScriptedServer(starting_then_closing(code, 1), resuming(2))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(3)

    assert shown == ["e1-0", "e1-1", "e1-2"]
    assert follower.waits_ms[0] <= 100


@pytest.mark.parametrize("code", [1011, 4999])
async def test_after_these_codes_it_backs_off(client: Sequence[str], code: int) -> None:
    server = ScriptedServer(starting_then_closing(code, 1), resuming(2))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(3)

    assert shown == ["e1-0", "e1-1", "e1-2"]
    assert 250 <= follower.waits_ms[0] <= 500


@pytest.mark.parametrize("code", [1002, 4401])
async def test_after_these_codes_it_does_not_come_back(client: Sequence[str], code: int) -> None:
    async def refuses(line: Line) -> None:
        await starting(1)(line)
        await line.error("its_code")
        await line.close(code)

    async with running(ScriptedServer(refuses)) as server, driven(client, server.url) as follower:
        refused = await follower.until_refused()

    assert refused == "its_code"
    assert follower.waits_ms == []
    assert len(server.lines) == 1


async def test_a_subscription_that_is_refused_is_not_tried_again(client: Sequence[str]) -> None:
    async def refuses(line: Line) -> None:
        await line.error("unknown_topic", line.asked["id"])

    async with running(ScriptedServer(refuses)) as server, driven(client, server.url) as follower:
        refused = await follower.until_refused()

    assert refused == "unknown_topic"
    assert len(server.lines) == 1


async def test_a_full_server_is_tried_again(client: Sequence[str]) -> None:
    server = ScriptedServer(starting(1), turned_away=1)
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(2)

    assert shown == ["e1-0", "e1-1"]
    assert follower.waits_ms[0] >= 250


async def test_a_server_that_turns_away_at_once_is_not_asked_ten_times_a_second(
    client: Sequence[str],
) -> None:
    async def leaves(line: Line) -> None:
        await line.close(1012)

    server = ScriptedServer(leaves, leaves, starting(1))
    async with running(server), driven(client, server.url) as follower:
        await follower.until_it_shows(2)

    assert 250 <= follower.waits_ms[0] <= 500
    assert 500 <= follower.waits_ms[1] <= 1000


async def test_a_line_that_falls_silent_is_left_after_two_heartbeats(
    client: Sequence[str],
) -> None:
    async def opening(line: Line) -> None:
        await line.hello(heartbeat_s=0.3 if len(server.lines) == 1 else 25)
        await line.hear()

    server = ScriptedServer(starting(1), resuming(2), opening=opening)
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(3)

    assert shown == ["e1-0", "e1-1", "e1-2"]


# -- where it is -----------------------------------------------------------------------------------


async def test_a_position_is_a_cursor(client: Sequence[str]) -> None:
    async def script(line: Line) -> None:
        await starting(1)(line)
        await line.say({"op": "position", "at": "e1-90"})
        await line.close(4410)

    server = ScriptedServer(script, resuming(91))
    async with running(server), driven(client, server.url) as follower:
        await follower.until_it_shows(3)

    assert server.lines[1].asked["since"] == "e1-90"


async def test_a_latest_value_event_is_shown_and_is_no_cursor(client: Sequence[str]) -> None:
    async def script(line: Line) -> None:
        await starting(1)(line)
        await line.say(event("~b7-4"), event("~b7-4"))
        await line.close(4410)

    server = ScriptedServer(script, resuming(2))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(5)

    assert shown == ["e1-0", "e1-1", "~b7-4", "~b7-4", "e1-2"]
    assert server.lines[1].asked["since"] == "e1-1"


async def test_what_cannot_be_recovered_begins_anew_with_a_snapshot(
    client: Sequence[str],
) -> None:
    async def anew(line: Line) -> None:
        await line.snapshot("e2-40")
        await line.say(event("e2-41"))
        await line.close(4410)

    async def goes_on(line: Line) -> None:
        await line.subscribed("e2-42", line.asked["since"])
        await line.say(event("e2-42"))

    server = ScriptedServer(starting_then_closing(4410, 1, 70), anew, goes_on)
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(6)

    assert shown == ["e1-0", "e1-1", "e1-70", "e2-40", "e2-41", "e2-42"]
    assert [line.asked.get("since") for line in server.lines] == [None, "e1-70", "e2-41"]


async def test_a_snapshot_behind_the_cursor_moves_it_back(client: Sequence[str]) -> None:
    """A store restored from a backup: what was known before is to be forgotten."""
    server = ScriptedServer(starting_then_closing(4410, 1, 70), starting(41, at="e1-40"))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(5)

    assert shown == ["e1-0", "e1-1", "e1-70", "e1-40", "e1-41"]


async def test_a_line_cut_before_its_snapshot_asks_for_it_again(client: Sequence[str]) -> None:
    async def breaks_off(line: Line) -> None:
        await line.subscribed("e1-5")
        await line.close(4410)

    server = ScriptedServer(breaks_off, starting(6, at="e1-5"))
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(2)

    assert shown == ["e1-5", "e1-6"]
    assert ["since" in line.asked for line in server.lines[:2]] == [False, False]


@pytest.mark.parametrize("seed", range(3))
async def test_a_line_that_keeps_breaking_neither_loses_nor_doubles(
    client: Sequence[str], seed: int
) -> None:
    chance = random.Random(seed)
    last = 120

    async def breaks(line: Line) -> None:
        since = line.asked.get("since")
        if since is None:
            await line.snapshot("e1-0")
        else:
            await line.subscribed(f"e1-{last}", since)
        after = int((since or "e1-0").rpartition("-")[2])
        sent = range(after + 1, min(last, after + chance.randint(0, 9)) + 1)
        again = range(max(1, after - chance.randint(0, 4)), after + 1)
        await line.say(*events(*again, *sent))
        if last not in sent:
            await line.close(4410)

    server = ScriptedServer(*[breaks] * 200)
    async with running(server), driven(client, server.url) as follower:
        shown = await follower.until_it_shows(last + 1)

    assert shown == [f"e1-{number}" for number in range(last + 1)]
    assert len(server.lines) > 10
