"""Recent events, framed for the wire: a bounded ring by ``seq``, and the latest values by key."""

from engine.events.recorded import Latest, Recorded
from server.live.frames import Wire, event_frame
from server.live.where import Filter, PartialFacets, facets_of


class Framed:
    """One event; its frames, and what filters look at, are each made when needed, and once."""

    __slots__ = ("_event", "_facets", "_frames", "is_erasure", "seq", "subject", "topic")

    def __init__(self, event: Recorded | Latest) -> None:
        self._event = event
        self.topic = event.topic
        self.subject = event.subject
        self.seq = event.seq if isinstance(event, Recorded) else 0
        self.is_erasure = event.type == "audit.erased"
        self._facets: tuple[PartialFacets, ...] | None = None
        self._frames: dict[Wire, bytes] = {}

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
            frame = self._frames[wire] = event_frame(wire, self._event)
        return frame


class Ring:
    """The last ``size`` events. Gapless: every ``seq`` from ``first`` to ``head`` is there."""

    def __init__(self, size: int, head: int) -> None:
        self._size = size
        self.head = head
        self._begin(head + 1)

    def _begin(self, seq: int) -> None:
        self.first = self._in_slot_0 = seq
        self._slots: list[Framed] = []

    def append(self, event: Framed) -> None:
        """Add the next event; the oldest makes room. A jump in ``seq`` empties the ring, and so
        does an erasure: what came before it is read from the store again, where it is blank."""
        if event.seq != self.head + 1 or event.is_erasure:
            self._begin(event.seq)
        self.head = event.seq
        if len(self._slots) < self._size:
            self._slots.append(event)
        else:
            self._slots[(event.seq - self._in_slot_0) % self._size] = event
            self.first += 1

    def covers(self, cursor: int) -> bool:
        """Whether everything after ``cursor`` is still here."""
        return cursor >= self.first - 1

    def hides_newest(self, shown: Filter) -> bool:
        """Whether the newest event is here and the filter does not show it."""
        return not all(map(shown.shows, self.after(self.head - 1, 1)))

    def after(self, cursor: int, most: int) -> list[Framed]:
        """The next events after ``cursor``, at most so many, ascending; ask ``covers`` first."""
        count = max(0, min(self.head - cursor, most))
        begin = (cursor + 1 - self._in_slot_0) % self._size
        found = self._slots[begin : begin + count]
        if len(found) < count:  # behind the end it goes on at the beginning
            found += self._slots[: count - len(found)]
        return found


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
