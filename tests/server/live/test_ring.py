"""The ring of recent events and the table of latest values."""

import pytest

from engine.events.audit import AuditErased
from engine.events.recorded import Latest
from server.live.frames import Wire
from server.live.ring import Framed, LatestValues, Ring
from server.live.where import Filter
from tests.server.live.fakes import FakeLog, an_event


def a_ring(size: int, count: int, head: int = 0) -> Ring:
    log = FakeLog()
    log.head = head
    ring = Ring(size, head)
    for line in log.commit(*(an_event() for _ in range(count))):
        ring.append(Framed(line))
    return ring


def seqs(ring: Ring, after: int) -> list[int]:
    return [event.seq for event in ring.after(after, 100)]


def test_an_empty_ring_covers_its_head_and_nothing_before() -> None:
    ring = Ring(4, head=9)

    assert ring.covers(9)
    assert not ring.covers(8)
    assert seqs(ring, 9) == []


def test_the_oldest_makes_room() -> None:
    ring = a_ring(size=4, count=6)

    assert (ring.first, ring.head) == (3, 6)
    assert seqs(ring, 2) == [3, 4, 5, 6]
    assert ring.covers(2)
    assert not ring.covers(1)


def test_a_ring_starts_where_the_log_was() -> None:
    ring = a_ring(size=4, count=2, head=100)

    assert seqs(ring, 100) == [101, 102]
    assert not ring.covers(99)


def test_a_jump_empties_the_ring_rather_than_hide_a_gap() -> None:
    ring = a_ring(size=4, count=3)
    log = FakeLog()
    log.head = 6
    (line,) = log.commit(an_event())

    ring.append(Framed(line))

    assert seqs(ring, 6) == [7]
    assert not ring.covers(3)


@pytest.mark.parametrize("written", range(1, 12))
@pytest.mark.parametrize("before", ["nothing", "a jump", "an erasure"])
def test_any_run_is_given_whole_or_up_to_what_was_asked_for(before: str, written: int) -> None:
    log, ring = FakeLog(), Ring(4, head=0)
    if before == "a jump":
        log.head = 6
    elif before == "an erasure":
        erasure = AuditErased(subject="per-1", by="Ada", why="asked", events=((1, 2),))
        for line in log.commit(an_event(), erasure):
            ring.append(Framed(line))
    for line in log.commit(*(an_event() for _ in range(written))):
        ring.append(Framed(line))

    for cursor in range(ring.first - 1, log.head + 2):
        for most in range(6):
            found = [event.seq for event in ring.after(cursor, most)]
            assert found == list(range(cursor + 1, log.head + 1))[:most]


def test_an_empty_ring_hides_nothing() -> None:
    assert not Ring(4, head=9).hides_newest(Filter(frozenset()))


def test_a_frame_is_built_once() -> None:
    (line,) = FakeLog().commit(an_event())
    event = Framed(line)

    assert event.frame(Wire.MSGPACK) is event.frame(Wire.MSGPACK)


def test_what_filters_look_at_is_read_once() -> None:
    (line,) = FakeLog().commit(an_event())
    event = Framed(line)

    assert event.facets
    assert event.facets is event.facets


def test_filters_find_nothing_in_a_latest_value() -> None:
    assert Framed(a_value("a", b'{"data":{"issue":{"quadrant":"Risk"}}}')).facets == ()


def a_value(key: str, wire: bytes) -> Latest:
    return Latest("presence", "presence", key, wire)


def payloads(values: LatestValues, seen: int) -> list[bytes]:
    return [event.frame(Wire.JSON)[2:] for event in values.after(seen)]


def test_only_the_newest_value_of_a_key_is_kept() -> None:
    values = LatestValues(8)

    for key, wire in (("a", b"1"), ("b", b"2"), ("a", b"3")):
        values.put(a_value(key, wire))

    assert payloads(values, 0) == [b"2", b"3"]
    assert payloads(values, 2) == [b"3"]
    assert payloads(values, values.version) == []


def test_the_table_of_values_is_bounded() -> None:
    values = LatestValues(2)

    for key in ("a", "b", "a", "c"):
        values.put(a_value(key, key.encode()))

    assert payloads(values, 0) == [b"a", b"c"]


def test_nothing_from_before_an_erasure_is_served_from_memory() -> None:
    log = FakeLog()
    ring = Ring(8, head=0)
    erasure = AuditErased(subject="per-1", by="Ada", why="asked", events=((1, 2),))

    for line in log.commit(an_event(), an_event(), an_event(), erasure):
        ring.append(Framed(line))

    assert not ring.covers(2)
    assert seqs(ring, 3) == [4]
