"""Fakes for the live channel: a log in memory, a desk over it, a transport that remembers."""

from array import array
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec

from engine.errors import Unauthenticated
from engine.events.event import Event, Facets
from engine.events.issue import IssueAdded, IssueUpdated
from engine.events.presence import Presence
from engine.events.recorded import Recorded
from engine.model import Edition, Issue, Principal, Snapshot
from engine.ports import Listener
from engine.record import GENESIS, Head, latest, record
from server.live.patience import HIGH_WATER

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
EDITION = Edition(id="2026-03-02", opens_at=NOON, closes_at=NOON)
READER = Principal(id="p-ana", name="Ana", roles=("viewer",))
ADMIN = Principal(id="p-ole", name="Ole", roles=("admin",))


def an_issue(id_: str = "harbour-levy", quadrant: str = "Policy", score: float = 0.5) -> Issue:
    return Issue(
        id=id_,
        title="Port of Ostrava raises the harbour levy",
        quadrant=quadrant,
        confidence=0.9,
        relevance=0.5,
        score=score,
        priority="medium",
        needs_review=False,
        item_count=1,
        source_count=1,
        duplicate_count=0,
        first_seen=NOON,
        last_seen=NOON,
        edition=EDITION.id,
    )


QUADRANTS = ("Policy", "Industry", "Advocacy", "Risk")


def an_event(id_: str = "harbour-levy", quadrant: str = "Policy", score: float = 0.5) -> Event:
    return IssueAdded(issue=an_issue(id_, quadrant, score))


def a_change(was: Facets, quadrant: str = "Policy", score: float = 0.5) -> Event:
    return IssueUpdated(issue=an_issue(quadrant=quadrant, score=score), was=was)


def viewers_of(subject: str, *names: str, editors: tuple[str, ...] = ()) -> Event:
    return Presence(subject=subject, viewers=names, editors=editors)


class FakeLog:
    """The engine's log without a store: same small interface, held by the same contract test."""

    def __init__(self, epoch: str = "e1") -> None:
        self.epoch = epoch
        self.head = 0
        self.lines: list[Recorded] = []
        self.reads = 0
        self.broken: Exception | None = None
        self._floor = 0
        self.latest_count = 0
        """Of latest-value events so far: the last one's id ends with it."""
        self._listeners: list[Listener] = []

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.head}"

    def commit(self, *events: Event) -> Sequence[Recorded]:
        """Record and announce, as the writer does."""
        lines: list[Recorded] = []
        for event in events:
            self.head += 1
            head = Head(epoch=self.epoch, seq=self.head - 1, hash=GENESIS)
            lines.append(record(event, head, NOON))
        self.lines += lines
        for listener in tuple(self._listeners):
            listener.recorded(lines)
        return lines

    def trim(self, floor: int) -> None:
        """The store keeps what comes after ``floor``."""
        self._floor = floor

    def listen(self, listener: Listener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def read(self, after: int, limit: int) -> list[Recorded]:
        self.reads += 1
        if self.broken:
            raise self.broken
        kept = [line for line in self.lines if line.seq > max(after, self._floor)]
        return kept[:limit]

    async def floor(self) -> int:
        if self.broken:
            raise self.broken
        return self._floor

    def publish(self, event: Event) -> None:
        self.latest_count += 1
        line = latest(event, "boot", self.latest_count, NOON)
        for listener in tuple(self._listeners):
            listener.latest(line)


class FakeAccess:
    def __init__(self) -> None:
        self.tokens: dict[str, Principal] = {"reader": READER, "admin": ADMIN}
        self.sessions: dict[str, Principal] = {}

    async def authenticate(self, token: str) -> Principal:
        return self._find(self.tokens, token)

    async def still(self, token: str) -> Principal:
        return self._find(self.tokens, token)

    async def session(self, secret: str) -> Principal:
        return self._find(self.sessions, secret)

    def _find(self, known: dict[str, Principal], secret: str) -> Principal:
        try:
            return known[secret]
        except KeyError:
            raise Unauthenticated("The credential is unknown.") from None


class FakeTickets:
    """Each ticket opens the session of its own name, once."""

    def __init__(self, access: FakeAccess) -> None:
        self._access = access
        self.known: dict[str, Principal] = {}

    async def redeem(self, ticket: str) -> tuple[Principal, str]:
        if ticket not in self.known:
            raise Unauthenticated("The credential is unknown.")
        self._access.sessions[ticket] = self.known.pop(ticket)
        return self._access.sessions[ticket], ticket


class FakeIssues:
    quadrants = QUADRANTS


class FakeDesk:
    def __init__(self) -> None:
        self.log = FakeLog()
        self.access = FakeAccess()
        self.tickets = FakeTickets(self.access)
        self.rows: tuple[Issue, ...] = ()
        self.issues = FakeIssues()

    async def snapshot(self, topics: frozenset[str]) -> Snapshot:
        return Snapshot(
            at=self.log.cursor,
            edition=EDITION,
            issues=self.rows if "issue" in topics else None,
        )


class FakeConnection:
    """Takes bytes; ``freeze`` stops the peer's reading, ``thaw`` lets it read what waits.

    With ``sockets`` it can be written to past it, while nothing waits.
    """

    def __init__(self, sockets: "FakeSockets | None" = None) -> None:
        self._number = -1 if sockets is None else sockets.add(self)
        self.writes: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self._is_lost = False
        self._held: Callable[[], None] | None = None
        self.waiting = 0
        self._is_frozen = False
        self._drained: Callable[[], None] | None = None

    @property
    def direct(self) -> int:
        return -1 if self.waiting or self.is_closed() else self._number

    def when_held(self, call: Callable[[], None]) -> None:
        self._held = call

    def _hold(self) -> None:
        if self.direct < 0:
            call, self._held = self._held, None
            if call:
                call()

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    @is_lost.setter
    def is_lost(self, is_lost: bool) -> None:
        self._is_lost = is_lost
        self._hold()

    @property
    def room(self) -> int:
        """Bytes that the kernel takes of the next write: a frozen peer's is full after seven."""
        return 7 if self._is_frozen else 1_000_000

    def took(self, payload: bytes, count: int) -> None:
        assert count == min(self.room, len(payload))
        self.writes.append(payload)
        self.waiting += len(payload) - count
        self._hold()

    def offer(self, payload: bytes) -> bool:
        if self.waiting > HIGH_WATER:
            return False
        self.write(payload)
        return True

    def write(self, payload: bytes) -> None:
        assert self.closed is None
        self.writes.append(payload)
        if self._is_frozen:
            self.waiting += len(payload)
            self._hold()

    def backlog(self) -> int:
        return self.waiting

    def when_drained(self, call: Callable[[], None]) -> None:
        self._drained = call

    def close(self, code: int, reason: str) -> None:
        self.closed = self.closed or (code, reason)
        self._hold()

    def is_closed(self) -> bool:
        return self.is_lost or self.closed is not None

    def freeze(self, waiting: int = 0) -> None:
        self._is_frozen = True
        self.waiting = waiting
        self._hold()

    def read_some(self, count: int) -> None:
        self.waiting -= count

    def thaw(self) -> None:
        self._is_frozen = False
        self.waiting = 0
        call, self._drained = self._drained, None
        if call:
            call()

    # -- what arrived ----------------------------------------------------------------------------

    def messages(self) -> list[dict[str, object]]:
        return [msgspec.json.decode(text) for text in texts(b"".join(self.writes))]

    def ids(self) -> list[str]:
        return [str(message["id"]) for message in self.messages() if "specversion" in message]

    def latest_numbers(self) -> list[int]:
        return [int(id_.rpartition("-")[2]) for id_ in self.ids() if id_.startswith("~")]

    def seqs(self) -> list[int]:
        return [int(id_.partition("-")[2]) for id_ in self.ids() if not id_.startswith("~")]


class FakeSockets:
    """A ``Sender`` to the sockets of fake connections."""

    def __init__(self) -> None:
        self.sent: list[list[int]] = []
        self._connections: list[FakeConnection] = []

    def add(self, connection: FakeConnection) -> int:
        self._connections.append(connection)
        return len(self._connections) - 1

    def send(self, payload: bytes, descriptors: "array[int]") -> list[tuple[int, int]]:
        self.sent.append(list(descriptors))
        taken = [(each, self._take(self._connections[each], payload)) for each in descriptors]
        return [(each, count) for each, count in taken if count < len(payload)]

    def _take(self, connection: FakeConnection, payload: bytes) -> int:
        assert connection.direct >= 0
        if connection.room < len(payload):
            return connection.room  # and the rest comes with ``took``, or is missing
        connection.writes.append(payload)
        return len(payload)

    def close(self) -> None:
        pass


def texts(raw: bytes) -> list[bytes]:
    """The payloads of the text frames in what a server wrote."""
    found: list[bytes] = []
    at = 0
    while at < len(raw):
        opcode, size = raw[at] & 0x0F, raw[at + 1]
        at += 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size = int.from_bytes(raw[at : at + width], "big")
            at += width
        if opcode == 1:
            found.append(raw[at : at + size])
        at += size
    return found


class FakeClock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds
