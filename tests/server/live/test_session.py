"""The session as a table: what comes in, what it asks for. No socket, no loop."""

from typing import Any

import msgspec
import pytest

from engine.model import Principal, Snapshot
from server.live import messages as m
from server.live.cursor import Position
from server.live.limit import BURST, PER_SECOND
from server.live.session import (
    Action,
    Close,
    Follow,
    Locate,
    Send,
    Session,
    Stop,
    TakeSnapshot,
    Verify,
    View,
)
from server.live.where import Filter
from tests.server.live.fakes import ADMIN, EDITION, QUADRANTS, READER, FakeClock, an_issue

HERE = Position("e1", head=9, floor=4)
SNAPSHOT = Snapshot(at="e1-9", edition=EDITION, issues=(an_issue(), an_issue("tidal-grid", "Risk")))


def a_session(principal: Principal | None = READER, clock: FakeClock | None = None) -> Session:
    return Session("s1", m.Encoding.JSON, principal, clock or FakeClock(), QUADRANTS)


def say(session: Session, **message: Any) -> list[Action]:
    return session.receive(msgspec.json.encode(message).decode())


def subscribe(session: Session, **message: Any) -> list[Action]:
    """Subscribe and answer what the session asks for; its last actions."""
    asked = {"op": "subscribe", "id": session._last_id + 1, "topics": ["issue"], **message}
    stop, locate = say(session, **asked)
    assert stop == Stop()
    assert isinstance(locate, Locate)
    actions = session.located(locate, HERE)
    if isinstance(actions[0], TakeSnapshot):
        return session.snapshot_taken(actions[0], SNAPSHOT)
    return actions


def codes(actions: list[Action]) -> list[str | int]:
    """Error codes and close codes among the actions."""
    found: list[str | int] = []
    for action in actions:
        if isinstance(action, Send) and isinstance(action.message, m.Error):
            found.append(action.message.code)
        if isinstance(action, Close):
            found.append(action.code)
    return found


def sent(action: Action) -> Any:
    assert isinstance(action, Send)
    return action.message


# -- hello and authentication --------------------------------------------------------------------


def test_hello_says_who_is_there_and_where_the_log_is() -> None:
    (hello,) = a_session().open("e1", 9, 25.0)

    assert sent(hello) == m.Hello(
        session="s1", epoch="e1", head="e1-9", heartbeat_s=25.0, auth="ok", principal=READER
    )


def test_hello_asks_for_a_credential_when_nobody_is_known() -> None:
    (hello,) = a_session(None).open("e1", 9, 25.0)

    assert sent(hello).auth == "required"


def test_a_credential_is_handed_out_for_checking() -> None:
    actions = say(a_session(None), op="auth", id=1, ticket="t")

    assert actions == [Verify(None, "t")]


def test_a_good_credential_is_answered_with_ok() -> None:
    session = a_session(None)
    say(session, op="auth", id=1, token="t")

    actions = session.verified(READER)

    assert actions == [Send(m.Ok(id=1))]
    assert session.principal == READER


def test_a_bad_credential_closes() -> None:
    session = a_session(None)
    say(session, op="auth", id=1, token="t")

    assert codes(session.verified(None)) == ["not_authenticated", 4401]


def test_nothing_goes_before_authentication() -> None:
    assert codes(say(a_session(None), op="ping", id=1)) == ["not_authenticated", 4401]


def test_waiting_too_long_for_a_credential_closes() -> None:
    assert codes(a_session(None).auth_timed_out()) == ["auth_timeout", 4408]


def test_the_timeout_means_nothing_once_someone_is_there() -> None:
    assert a_session().auth_timed_out() == []


# -- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [1, 2])
def test_an_id_that_does_not_grow_closes(again: int) -> None:
    session = a_session()
    say(session, op="ping", id=2)

    assert codes(say(session, op="ping", id=again)) == ["id_reused", 4409]


@pytest.mark.parametrize(
    "message",
    [
        {"op": "dance", "id": 1},
        {"op": "ping"},
        {"op": "ping", "id": 0},
        {"op": "ping", "id": 1.0},
        {"op": "ping", "id": 2**53},
        {"op": "ping", "id": 1, "extra": True},
        {"op": "auth", "id": 1},
        {"op": "auth", "id": 1, "token": "t", "ticket": "t"},
        {"op": "subscribe", "id": 1, "topics": []},
        {"op": "subscribe", "id": 1, "topics": ["issue"], "where": {"min_score": 1.5}},
        {"op": "subscribe", "id": 1, "topics": ["issue"], "where": {"quadrants": ["Risk"]}},
        {"op": "viewing", "id": 1, "subject": "No Such Id"},
    ],
)
def test_a_message_that_breaks_its_shape_closes(message: dict[str, object]) -> None:
    assert codes(say(a_session(), **message)) == ["bad_message", 4400]


NOT_UNDERSTOOD = [
    ('{"op":', None, "The message is not valid JSON: it ends too early (byte 6)."),
    ("nope", None, "The message is not valid JSON: invalid character (byte 4)."),
    ('"\ud800"', None, "The message is not valid UTF-8."),
    ("[1]", None, "The message must be an object, not a list."),
    ('{"op":"ping"}', None, "Field 'id' is missing."),
    ('{"op":"ping","id":0}', None, "Field 'id' must be a whole number of at least 1."),
    ('{"id":7}', 7, "Field 'op' is missing."),
    (
        '{"op":"dance","id":3}',
        3,
        "There is no op 'dance': known are auth, ping, subscribe, unsubscribe, viewing.",
    ),
    (
        '{"op":"subscribe","id":4,"topics":["issue"],"since":5}',
        4,
        "Field 'since' must be text, not a whole number.",
    ),
    (
        '{"op":"subscribe","id":4,"topics":["issue"],"topic":5}',
        4,
        "There is no field 'topic': known are id, topics, since, snapshot, where.",
    ),
    (
        '{"op":"auth","id":1}',
        1,
        "The message is not acceptable: give a token or a ticket, and not both.",
    ),
    ('{"op":"dance","id":3,', None, "Field 'op': Invalid value 'dance'."),
]


@pytest.mark.parametrize(("text", "id_", "sentence"), NOT_UNDERSTOOD)
def test_what_is_not_understood_is_answered_with_a_sentence_and_its_id(
    text: str, id_: int | None, sentence: str
) -> None:
    answer, *_ = a_session().receive(text)

    assert sent(answer) == m.Error(id=id_, code="bad_message", message=sentence)


@pytest.mark.parametrize(
    ("raw", "id_", "sentence"),
    [
        (b"\x81", None, "The message is not valid MessagePack: Input data was truncated."),
        (
            msgspec.msgpack.encode({"op": "dance", "id": 2}),
            2,
            "There is no op 'dance': known are auth, ping, subscribe, unsubscribe, viewing.",
        ),
    ],
)
def test_in_messagepack_too(raw: bytes, id_: int | None, sentence: str) -> None:
    session = Session("s1", m.Encoding.MSGPACK, READER, FakeClock(), QUADRANTS)
    answer, *_ = session.receive(raw)

    assert sent(answer) == m.Error(id=id_, code="bad_message", message=sentence)


def test_binary_on_the_text_protocol_closes() -> None:
    assert codes(a_session().receive(b"{}")) == ["unsupported", 1003]


def test_nothing_is_answered_after_a_close() -> None:
    session = a_session()
    session.receive("{")

    assert say(session, op="ping", id=1) == []
    assert session.count() == []
    assert session.rechecked(None) == []
    assert session.auth_timed_out() == []


def test_ping_is_answered_with_pong() -> None:
    assert say(a_session(), op="ping", id=7) == [Send(m.Pong(id=7))]


def test_viewing_is_passed_on() -> None:
    actions = say(a_session(), op="viewing", id=1, subject="harbour-levy")

    assert actions == [View("harbour-levy"), Send(m.Ok(id=1))]


def test_editing_is_passed_on() -> None:
    actions = say(a_session(), op="viewing", id=1, subject="harbour-levy", editing=True)

    assert actions == [View("harbour-levy", editing=True), Send(m.Ok(id=1))]


def test_a_burst_over_the_limit_closes() -> None:
    session = a_session()
    for n in range(BURST):
        say(session, op="ping", id=n + 1)

    assert codes(say(session, op="ping", id=BURST + 1)) == ["too_many_messages", 4429]


def test_a_steady_client_never_reaches_the_limit() -> None:
    clock = FakeClock()
    session = a_session(clock=clock)

    for n in range(10 * BURST):
        clock.pass_(1 / PER_SECOND)
        assert codes(say(session, op="ping", id=n + 1)) == []


def test_control_frames_count_too() -> None:
    session = a_session()
    for _ in range(BURST):
        session.count()

    assert codes(session.count()) == ["too_many_messages", 4429]


# -- subscriptions -------------------------------------------------------------------------------


def test_a_first_subscription_opens_with_a_snapshot_and_follows_from_it() -> None:
    subscribed, snapshot, follow = subscribe(a_session())

    assert sent(subscribed) == m.Subscribed(
        id=1, topics=("issue",), from_="e1-9", head="e1-9", was_recovering=False, recovered=False
    )
    assert sent(snapshot) == m.SnapshotTaken(id=1, at="e1-9", data=SNAPSHOT)
    assert follow == Follow(9, Filter(frozenset({"issue"})))


def test_a_first_subscription_may_forgo_the_snapshot() -> None:
    subscribed, follow = subscribe(a_session(), snapshot=False)

    assert sent(subscribed).from_ == "e1-9"
    assert follow == Follow(9, Filter(frozenset({"issue"})))


@pytest.mark.parametrize("seq", [4, 7, 9])
def test_a_cursor_within_the_log_is_recovered_without_a_snapshot(seq: int) -> None:
    subscribed, follow = subscribe(a_session(), since=f"e1-{seq}")

    assert (sent(subscribed).was_recovering, sent(subscribed).recovered) == (True, True)
    assert sent(subscribed).from_ == f"e1-{seq}"
    assert follow == Follow(seq, Filter(frozenset({"issue"})))


@pytest.mark.parametrize(
    "since", ["e1-3", "e1-10", "e2-7", "seven", "", "-7", "e1-", "e1-٣", "e1-" + "9" * 30]
)
@pytest.mark.parametrize("snapshot", [None, False, True])
def test_any_other_cursor_is_never_recovered_and_brings_a_snapshot(
    since: str, snapshot: bool | None
) -> None:
    subscribed, taken, follow = subscribe(a_session(), since=since, snapshot=snapshot)

    assert (sent(subscribed).was_recovering, sent(subscribed).recovered) == (True, False)
    assert sent(taken).at == "e1-9"
    assert follow == Follow(9, Filter(frozenset({"issue"})))


def test_a_snapshot_asked_for_beside_a_recovery_skips_no_event() -> None:
    subscribed, taken, follow = subscribe(a_session(), since="e1-5", snapshot=True)

    assert sent(subscribed).recovered
    assert sent(taken).at == "e1-9"
    assert follow == Follow(5, Filter(frozenset({"issue"})))


def test_a_snapshot_shows_only_the_rows_that_the_filter_will_update() -> None:
    _, taken, follow = subscribe(a_session(), where={"quadrant": ["Risk"]})

    assert [row.id for row in sent(taken).data.issues] == ["tidal-grid"]
    assert isinstance(follow, Follow)
    assert follow.shown.where == m.Where(quadrant=("Risk",))


def test_an_unknown_topic_is_answered_and_changes_nothing() -> None:
    actions = say(a_session(), op="subscribe", id=1, topics=["issue", "weather"])

    assert codes(actions) == ["unknown_topic"]
    assert len(actions) == 1
    assert sent(actions[0]).message.startswith("There is no topic 'weather': known are ")


def test_an_unknown_quadrant_is_answered_and_changes_nothing() -> None:
    where = {"quadrant": ["Risk", "risk"]}
    (answer,) = say(a_session(), op="subscribe", id=1, topics=["issue"], where=where)

    assert sent(answer) == m.Error(
        id=1,
        code="unknown_quadrant",
        message="There is no quadrant 'risk': known are Policy, Industry, Advocacy, Risk.",
    )


def test_the_access_topic_is_answered_with_not_allowed() -> None:
    assert codes(say(a_session(), op="subscribe", id=1, topics=["access"])) == ["not_allowed"]


def test_an_admin_may_follow_the_access_topic() -> None:
    assert codes(subscribe(a_session(ADMIN), topics=["access"])) == []


@pytest.mark.parametrize(
    ("role", "topic", "may"),
    [
        ("viewer", "access", False),
        ("Analyst", "access", False),
        ("auditor", "access", False),
        ("admin", "access", True),
        ("viewer", "audit", False),
        ("Analyst", "audit", False),
        ("auditor", "audit", True),
        ("admin", "audit", True),
        ("viewer", "review", True),
    ],
)
def test_the_private_topics_are_for_those_who_may_read_them_in_the_log(
    role: str, topic: str, may: bool
) -> None:
    session = a_session(Principal(id="p-mo", name="Mo", roles=(role,)))

    said = codes(say(session, op="subscribe", id=1, topics=[topic]))

    assert said == ([] if may else ["not_allowed"])


def test_losing_the_right_to_what_is_followed_closes() -> None:
    session = a_session(ADMIN)
    subscribe(session, topics=["access"])

    assert codes(session.rechecked(READER)) == [4403]


def test_losing_a_right_that_is_not_used_changes_nothing() -> None:
    session = a_session(ADMIN)
    subscribe(session, topics=["access"])
    say(session, op="unsubscribe", id=2)

    assert session.rechecked(READER) == []
    assert session.principal == READER


def test_a_credential_that_ended_closes() -> None:
    assert codes(a_session().rechecked(None)) == ["not_authenticated", 4401]


def test_unsubscribe_stops_and_says_ok() -> None:
    assert say(a_session(), op="unsubscribe", id=1) == [Stop(), Send(m.Ok(id=1))]


def test_what_the_shell_could_not_do_is_told_and_closes() -> None:
    session = a_session()
    say(session, op="subscribe", id=1, topics=["issue"])

    assert codes(session.failed("store_failed", "The store is full.", 1011)) == [
        "store_failed",
        1011,
    ]
