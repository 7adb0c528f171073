"""Recent events, framed for the wire: a bounded ring by ``seq``, and the latest values by key."""

from typing import cast

from engine.events.recorded import Latest, Recorded
from server.live.frames import Wire, event_frame
from server.live.where import Filter, PartialFacets, facets_of


class Framed:
    """One event; its frames, and what filters look at, are each made when needed, and once."""

    __slots__ = ("_event", "_facets", "_frames", "seq", "subject", "topic")

    def __init__(self, event: Recorded | Latest) -> None:
        self._event = event
        self.topic = event.topic
        self.subject = event.subject
        self.seq = event.seq if isinstance(event, Recorded) else 0
        self._facets: tuple[PartialFacets, ...] | None = None
        self._frames: dict[Wire, bytes] = {}

    @property
    def is_erasure(self) -> bool:
        return self._event.type == "audit.erased"

    @property
    def facets(self) -> tuple[PartialFacets, ...]:
        """Empty for a latest value: it says nothing that filters look at."""
        if self._facets is None:
            event = self._event
            self._facets = facets_of(event.data) if isinstance(event, Recorded) else ()
        return self._facets

    def frame(self, wire: Wire) -> bytes:
        frame = self._frames.get(wire)
        if frame is None:
            event = self._event
            cursor = event.cursor if isinstance(event, Recorded) else None
            frame = self._frames[wire] = event_frame(wire, event.wire, cursor)
        return frame


class Ring:
    """The last ``size`` events. Gapless: every ``seq`` from ``first`` to ``head`` is there."""

    def __init__(self, size: int, head: int) -> None:
        self._slots: list[Framed | None] = [None] * size
        self.first = head + 1
        self.head = head

    def append(self, event: Framed) -> None:
        """Add the next event; the oldest makes room. A jump in ``seq`` empties the ring, and so
        does an erasure: what came before it is read from the store again, where it is blank."""
        if event.seq != self.head + 1 or event.is_erasure:
            self._slots = [None] * len(self._slots)
            self.first = event.seq
        self.head = event.seq
        self._slots[event.seq % len(self._slots)] = event
        self.first = max(self.first, self.head - len(self._slots) + 1)

    def covers(self, cursor: int) -> bool:
        """Whether everything after ``cursor`` is still here."""
        return cursor >= self.first - 1

    def hides_newest(self, shown: Filter) -> bool:
        """Whether the newest event is here and the filter does not show it."""
        newest = self._slots[self.head % len(self._slots)] if self.first <= self.head else None
        return newest is not None and not shown.shows(newest)

    def after(self, cursor: int, most: int) -> list[Framed]:
        """The next events after ``cursor``, at most so many, ascending; ask ``covers`` first."""
        count, slots = max(0, min(self.head - cursor, most)), self._slots
        begin = (cursor + 1) % len(slots)
        found = slots[begin : begin + count]
        found += slots[: count - len(found)]  # behind the end the ring goes on at its beginning
        return cast(list[Framed], found)


class LatestValues:
    """Latest-value events by key, newest last. ``version`` grows with every change.

    A subscriber remembers the version it has seen: what was replaced meanwhile it never sees.
    At most ``size`` keys are kept; the one unchanged for longest goes first.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: dict[tuple[str, str], tuple[int, Framed]] = {}
        self.version = 0

    def put(self, event: Latest) -> None:
        self.version += 1
        self._values.pop(event.key, None)
        self._values[event.key] = self.version, Framed(event)
        if len(self._values) > self._size:
            del self._values[next(iter(self._values))]

    def after(self, seen: int) -> list[Framed]:
        """What changed since ``seen``, oldest change first."""
        changed: list[Framed] = []
        for version, event in reversed(self._values.values()):
            if version <= seen:
                break
            changed.append(event)
        changed.reverse()
        return changed
