"""The engine's log, with committed events said again: what the server under load listens to.

Everything the real log announces passes through and is numbered anew, so that what is replayed
and what is committed meanwhile make one gapless log. Only ``read`` has nothing to offer: whoever
falls out of the ring is told to come back.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence

import msgspec

from engine.events.event import Event
from engine.events.recorded import Latest, Recorded
from engine.log.log import Log
from engine.ports import Listener

TO_THE_ID = b'{"specversion":"1.0","id":"'
TO_THE_FIELDS = b'"data":{'


class Replay:
    """Stands where ``engine.log`` stood. ``said`` are the events to say again, in turn."""

    def __init__(self, log: Log, said: Sequence[Recorded]) -> None:
        self.epoch = log.epoch
        self.head = log.head
        self.stamps: deque[int | None] = deque()
        """When the commands that are under way were due: their events carry it as ``t``. None
        stands for the moment at which they are announced."""
        self._log = log
        self._said = said
        self._turn = 0
        self._listeners: list[Listener] = []
        log.listen(self)

    # -- the log's face --------------------------------------------------------------------------

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.head}"

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, event: Event) -> None:
        self._log.publish(event)

    async def read(self, _after: int, _limit: int) -> list[Recorded]:
        return []

    async def floor(self) -> int:
        return await self._log.floor()

    # -- the real log speaks ---------------------------------------------------------------------

    def recorded(self, events: Sequence[Recorded]) -> None:
        self._announce((event, self._stamp_of(event)) for event in events)

    def latest(self, event: Latest) -> None:
        for listener in tuple(self._listeners):
            listener.latest(event)

    def _stamp_of(self, event: Recorded) -> int | None:
        if event.topic != "review" or not self.stamps:
            return None
        stamp = self.stamps.popleft()
        return time.monotonic_ns() if stamp is None else stamp

    # -- once more -------------------------------------------------------------------------------

    def say(self, stamps: Sequence[int]) -> None:
        """Announce the next events, one for each stamp, as the writer does after a commit."""
        first, self._turn = self._turn, self._turn + len(stamps)
        self._announce(
            (self._said[(first + n) % len(self._said)], stamp) for n, stamp in enumerate(stamps)
        )

    def _announce(self, events: Iterable[tuple[Recorded, int | None]]) -> None:
        lines = [
            renumbered(event, self.head + n, stamp) for n, (event, stamp) in enumerate(events, 1)
        ]
        self.head += len(lines)
        for listener in tuple(self._listeners):
            listener.recorded(lines)


def renumbered(event: Recorded, seq: int, stamp: int | None) -> Recorded:
    """The same event as line ``seq``, its data opened by ``"t":<stamp>`` when one is given."""
    rest = event.wire[len(TO_THE_ID) + len(event.cursor) :]
    if stamp is not None:
        before, at, fields = rest.partition(TO_THE_FIELDS)
        rest = b'%b%b"t":%d,%b' % (before, at, stamp, fields)
    wire = b"%b%b-%d%b" % (TO_THE_ID, event.epoch.encode(), seq, rest)
    return msgspec.structs.replace(event, seq=seq, wire=wire)
