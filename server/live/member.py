"""One connection as the hub sees it: where it stands, and what it can be asked to do."""

from array import array
from collections.abc import Callable
from typing import Protocol

from server.live.frames import Wire
from server.live.joining import Joined
from server.live.where import Filter

NOWHERE = -1
NOTHING = Joined(b"", NOWHERE, NOWHERE)


class Connection(Protocol):
    """A socket, whoever owns it. No method blocks or raises, whatever became of the peer.

    ``direct`` is the descriptor to which bytes may be written past the connection, in this turn of
    the event loop; -1 while there is none, because others wait, or it must be asked.
    """

    direct: int

    def took(self, payload: bytes, count: int) -> None:
        """``direct`` took the first ``count`` bytes only: write the rest behind them."""

    def when_held(self, call: Callable[[], None]) -> None:
        """Call once when ``direct`` is lost."""

    def offer(self, payload: bytes) -> bool:
        """Write all of it; or nothing, and say False, while more than HIGH_WATER bytes wait."""

    def write(self, payload: bytes) -> None:
        """Write it behind what waits, however much that is."""

    def backlog(self) -> int:
        """Bytes written that the kernel has not taken yet."""

    def when_drained(self, call: Callable[[], None]) -> None:
        """Call once when the backlog has fallen to the transport's low-water mark."""

    def close(self, code: int, reason: str) -> None:
        """Start closing; later calls do nothing."""

    def is_closed(self) -> bool: ...


class Group:
    """Members behind the same filter on the same kind of wire. Those that also stand at the same
    place share the joined bytes, until there is news.

    ``joins`` is by where a member stands: its cursor and what it has seen. ``news`` is how much
    there had been to bring when they were joined.
    """

    __slots__ = ("__weakref__", "joins", "news", "shown", "wire")

    def __init__(self, shown: Filter, wire: Wire) -> None:
        self.shown = shown
        self.wire = wire
        self.joins: dict[tuple[int, int], Joined] = {}
        self.news = 0


class Rank:
    """Members of one group (of none, where they follow nothing) that are visited together.

    In step, all of them stand at ``at``, which moves for all at once, and ``directs`` is where
    they are written to. Whoever is moved alone, or cannot be written to, breaks it.
    """

    __slots__ = ("at", "beat", "directs", "group", "members")

    def __init__(self, group: Group | None) -> None:
        self.group = group
        self.members: list[Member] = []
        self.at: Joined | None = None
        self.directs = array("i")
        self.beat = 0

    def fall_in(self, head: int, beat: int) -> None:
        """If all have this beat, stand together at the head, and can all be written to past their
        connections."""
        if self.group is None or not self.members:
            return
        at, directs = self.members[0].at, array("i")
        for member in self.members:
            direct = member.connection.direct
            if direct < 0 or member.at is not at or member.beat != beat:
                return
            directs.append(direct)
        if at.cursor == head:
            self.at, self.beat, self.directs = at, beat, directs
            for member in self.members:
                member.connection.when_held(self.break_step)

    def break_step(self) -> None:
        at, self.at = self.at, None
        if at is not None:
            for member in self.members:
                member.stood_at(at)


class Member:
    """A connection's place: what it was brought to last, and its group, never a queue."""

    __slots__ = (
        "_at",
        "backlog",
        "beat",
        "connection",
        "group",
        "heard_at",
        "is_blocked",
        "label",
        "pinged_at",
        "progress_at",
        "rank",
        "wire",
    )

    def __init__(self, connection: Connection, wire: Wire, label: str) -> None:
        self.connection = connection
        self.wire = wire
        self.label = label
        self.group: Group | None = None
        self.rank: Rank | None = None
        self._at = NOTHING
        self.beat = 0
        self.is_blocked = False
        self.backlog = 0
        self.progress_at = 0.0
        self.pinged_at: float | None = None
        self.heard_at = 0.0

    @property
    def at(self) -> Joined:
        """What it was brought to last."""
        if self.rank is None or self.rank.at is None:
            return self._at
        return self.rank.at

    @at.setter
    def at(self, at: Joined) -> None:
        if self.rank is not None:
            self.rank.break_step()
        self._at = at

    def stood_at(self, at: Joined) -> None:
        """Where its rank was until it broke step."""
        self._at = at

    @property
    def cursor(self) -> int:
        """The last ``seq`` dealt with."""
        return self.at.cursor

    @property
    def seen(self) -> int:
        """The version of the latest values that were dealt with."""
        return self.at.seen

    @property
    def is_following(self) -> bool:
        return self.group is not None
