"""Subscriptions, snapshots, filters and presence."""

from typing import Any

import pytest

from tests.conformance.server.desk import TOPICS, Desk
from tests.conformance.server.speaking import Message, connected, is_recorded, talking

pytestmark = pytest.mark.xdist_group("conformance")


async def test_a_first_subscription_brings_a_snapshot_and_then_events(desk: Desk) -> None:
    async with talking(desk) as talker:
        subscribed = await talker.ask("subscribe", topics=["config"])
        snapshot = await talker.next()
        await desk.happens()
        (first,) = await talker.until_it_has(1)

    assert subscribed["topics"] == ["config"]
    assert (subscribed["was_recovering"], subscribed["recovered"]) == (False, False)
    assert (snapshot["op"], snapshot["id"]) == ("snapshot", subscribed["id"])
    assert snapshot["at"] == subscribed["from"]
    assert first != snapshot["at"]


async def test_a_snapshot_can_be_forgone(desk: Desk) -> None:
    async with talking(desk) as talker:
        subscribed = await talker.follow("config")
        await desk.happens()
        await talker.until_it_has(1)

    assert subscribed["from"] == subscribed["head"]
    assert "snapshot" not in [message["op"] for message in talker.control]


async def test_an_event_is_a_whole_cloudevent(desk: Desk) -> None:
    async with talking(desk) as talker:
        await talker.follow("config")
        await desk.happens()
        await talker.until_it_has(1)

    event = next(one for one in talker.events if is_recorded(one))
    assert event["specversion"] == "1.0"
    assert (event["source"], event["type"]) == ("/wireroom", "config.changed")
    assert (event["topic"], event["subject"]) == ("config", "")
    assert event["time"].endswith("Z")
    assert isinstance(event["data"], dict)


async def test_a_snapshot_and_its_events_are_the_state_of_a_fresh_snapshot(desk: Desk) -> None:
    async with talking(desk) as talker, talking(desk) as other:
        await talker.ask("subscribe", topics=["config"])
        await talker.op("snapshot")
        await desk.happens(3)
        await talker.until_it_has(3)
        await other.ask("subscribe", topics=["config"])
        fresh = await other.op("snapshot")

    assert talker.events[-1]["data"]["config"] == fresh["data"]["config"]


async def test_a_new_subscription_replaces_the_old_one(desk: Desk) -> None:
    async with talking(desk) as talker:
        await talker.follow("config")
        await talker.follow("edition")
        talker.events.clear()
        await desk.happens(3)
        await talker.ask("ping")
        await talker.follow("config")
        await desk.happens()
        had = await talker.until_it_has(1)

    assert len(had) == 1


UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("unknown_topic", {"topics": ["weather"]}),
    ("unknown_topic", {"topics": ["config", "weather"]}),
    ("unknown_quadrant", {"topics": ["config"], "where": {"quadrant": ["Weather"]}}),
]


@pytest.mark.parametrize(("code", "asked"), UNKNOWN)
async def test_what_there_is_not_leaves_everything_as_it_was(
    desk: Desk, code: str, asked: dict[str, Any]
) -> None:
    async with talking(desk) as talker:
        await talker.follow("config")
        answer = await talker.ask("subscribe", **asked)
        await desk.happens(2)
        had = await talker.until_it_has(2)

    assert (answer["op"], answer["code"]) == ("error", code)
    assert len(had) == 2


async def test_a_private_topic_is_not_for_everybody(desk: Desk) -> None:
    guest = await desk.token_for("viewer")
    async with talking(desk, token=guest["token"]) as talker:
        await talker.follow("config")
        answer = await talker.ask("subscribe", topics=["access"])
        await desk.happens()
        had = await talker.until_it_has(1)

    assert (answer["op"], answer["code"]) == ("error", "not_allowed")
    assert len(had) == 1


async def test_unsubscribing_ends_the_events(desk: Desk) -> None:
    async with talking(desk) as talker:
        await talker.follow("config")
        answer = await talker.ask("unsubscribe")
        talker.events.clear()
        await desk.happens(2)
        pong = await talker.ask("ping")
        await talker.follow("edition")

    assert (answer["op"], pong["op"]) == ("ok", "pong")
    assert talker.events == []


async def test_viewing_is_seen_by_others_as_a_latest_value(desk: Desk) -> None:
    def is_about(event: Message) -> bool:
        return event.get("type") == "presence" and event["subject"] == "harbour-levy"

    async with talking(desk) as talker, talking(desk) as viewer:
        await talker.follow("presence")
        answer = await viewer.ask("viewing", subject="harbour-levy")
        came = await talker.until(is_about)
        await viewer.ask("viewing", subject="")
        left = await talker.until(is_about)

    assert answer["op"] == "ok"
    assert came["id"].startswith("~")
    assert (len(came["data"]["viewers"]), left["data"]["viewers"]) == (1, [])


async def test_editing_is_seen_by_others_until_it_ends(desk: Desk) -> None:
    def is_about(event: Message) -> bool:
        return event.get("type") == "presence" and event["subject"] == "tidal-grid"

    async with talking(desk) as talker, talking(desk) as editor:
        await talker.follow("presence")
        await editor.ask("viewing", subject="tidal-grid", editing=True)
        came = await talker.until(is_about)
        await editor.ask("viewing", subject="tidal-grid")
        ended = await talker.until(is_about)
        await editor.ask("viewing", subject="")

    assert came["data"]["editors"] == came["data"]["viewers"]
    assert (len(ended["data"]["viewers"]), ended["data"]["editors"]) == (1, [])


async def test_every_heartbeat_says_how_far_it_has_come(desk: Desk) -> None:
    async with connected(desk) as (talker, hello):
        if hello["heartbeat_s"] > 15:
            pytest.skip(f"A heartbeat of {hello['heartbeat_s']} s is too long to wait for.")
        await talker.follow("edition")
        await desk.happens()
        position = await talker.op("position")
    async with talking(desk) as other:
        subscribed = await other.follow("edition", since=position["at"])

    assert subscribed["recovered"] is True


# -- where -----------------------------------------------------------------------------------------


async def some_issues(desk: Desk) -> list[dict[str, Any]]:
    async with talking(desk) as talker:
        await talker.ask("subscribe", topics=["issue"])
        snapshot = await talker.op("snapshot")
    issues: list[dict[str, Any]] = snapshot["data"]["issues"] or []
    if len(issues) < 2:
        pytest.skip("This desk has no issues to filter.")
    return issues


async def corrected(desk: Desk, issue: dict[str, Any], quadrant: str) -> None:
    await desk.call("POST", f"/classify/{issue['id']}/correct", {"quadrant": quadrant})


def corrections(events: list[Message], issue: dict[str, Any]) -> list[str]:
    return [
        event["data"]["issue"]["quadrant"]
        for event in events
        if event["type"] == "issue.corrected" and event["subject"] == issue["id"]
    ]


async def test_an_issue_that_leaves_the_filter_is_shown_once_more(desk: Desk) -> None:
    issue = (await some_issues(desk))[0]
    await corrected(desk, issue, "Risk")
    async with talking(desk) as talker:
        await talker.follow("issue", "config", where={"quadrant": ["Risk"]})
        for quadrant in ("Policy", "Industry", "Advocacy"):
            await corrected(desk, issue, quadrant)
        await corrected(desk, issue, "Risk")
        await desk.happens()  # says nothing about quadrants: it passes, and ends the wait
        await talker.until_it_has(1, "config.changed")

    assert corrections(talker.events, issue) == ["Policy", "Risk"]


async def test_only_the_named_subjects_are_shown(desk: Desk) -> None:
    one, other = (await some_issues(desk))[:2]
    async with talking(desk) as talker:
        await talker.follow("issue", "config", where={"subject": [one["id"]]})
        for issue in (other, one):
            await corrected(desk, issue, "Policy")
            await corrected(desk, issue, "Industry")
        await desk.happens()
        await talker.until_it_has(1, "config.changed")

    assert len(corrections(talker.events, one)) >= 1
    assert corrections(talker.events, other) == []


@pytest.mark.parametrize("where", [{"min_score": 0.6}, {"quadrant": ["Risk"]}, {"subject": ["-"]}])
async def test_a_snapshot_is_narrowed_in_the_same_way(desk: Desk, where: dict[str, Any]) -> None:
    await some_issues(desk)
    async with talking(desk) as talker:
        await talker.ask("subscribe", topics=["issue"], where=where)
        issues = (await talker.op("snapshot"))["data"]["issues"]

    assert all(issue["score"] >= where.get("min_score", 0) for issue in issues)
    assert all(issue["quadrant"] in where.get("quadrant", [issue["quadrant"]]) for issue in issues)
    assert "subject" not in where or issues == []


async def test_all_topics_can_be_followed_at_once(desk: Desk) -> None:
    async with talking(desk) as talker:
        subscribed = await talker.follow(*TOPICS)

    assert sorted(subscribed["topics"]) == sorted(TOPICS)
