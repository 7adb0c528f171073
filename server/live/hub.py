"""Everyone who follows, served from one ring: one write per member per tick.

Members that stand at the same cursor behind the same filter share the joined bytes. A member
whose transport is over the high-water mark is skipped and goes on from its cursor when it drains.
"""

import asyncio
import time
from array import array
from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from engine.events.recorded import Latest, Recorded
from engine.ports import Listener
from server.live.catchup import PAGE, CatchUp, Reader
from server.live.closing import BY_NAME
from server.live.cursor import Position, format_cursor
from server.live.frames import Wire, heartbeat_frame, position_frame
from server.live.groups import Groups
from server.live.joining import Joined
from server.live.member import NOTHING, Connection, Member, Rank
from server.live.patience import Patience, is_full
from server.live.ranks import Ranks
from server.live.ring import Framed, LatestValues, Ring
from server.live.sending import OneByOne, Sender
from server.live.slices import Rota, Slice, give_way
from server.live.where import Filter

LATEST_KEYS = 4_096
CAUGHT_UP_S = 0.2
"""After this, whoever resumed behind an event that they are not shown hears where they are."""
RESTARTS = "The server restarts."

logger = structlog.get_logger(__name__)


class LiveLog(Reader, Protocol):
    """What the hub needs of the engine's log."""

    epoch: str
    head: int

    def listen(self, listener: Listener) -> Callable[[], None]: ...


class Hub:
    """Implements ``engine.ports.Listener``. ``clock`` is monotonic seconds.

    Made on the running event loop; ``close`` it before the loop ends.
    """

    def __init__(
        self,
        log: LiveLog,
        *,
        ring_size: int,
        heartbeat_s: float,
        slow_consumer_s: float,
        clock: Callable[[], float] = time.monotonic,
        page: int = PAGE,
        sender: Sender | None = None,
    ) -> None:
        self.heartbeat_s = heartbeat_s
        self.is_leaving = False
        self._epoch = log.epoch
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._ring = Ring(ring_size, log.head)
        self._latest = LatestValues(LATEST_KEYS)
        self._members: dict[Member, None] = {}
        self._ranks = Ranks()
        self._groups = Groups(self._ring, self._latest)
        self._sender = sender or OneByOne()
        call_soon = self._loop.call_soon
        self._rota = Rota(self._visit, self._visit_rank, self._ranks.all, call_soon, clock)
        wake = self._rota.wake
        self._catch_up = CatchUp(log, self._is_behind, self._deliver, wake, clock, page)
        self._patience = Patience(slow_consumer_s, clock, wake, self._give_up)
        self._beat = 0
        self._beat_at = clock()
        self._sweep_every = min(1.0, heartbeat_s / 4, slow_consumer_s / 4)
        self._sweep_handle = self._loop.call_later(self._sweep_every, self._sweep)
        self._stop_listening = log.listen(self)

    # -- the log speaks --------------------------------------------------------------------------

    def recorded(self, events: Sequence[Recorded]) -> None:
        for event in events:
            self._ring.append(Framed(event))
        self._rota.wake_all()

    def latest(self, event: Latest) -> None:
        self._latest.put(event)
        self._rota.wake_all()

    @property
    def reach(self) -> Position:
        """The log as far as the ring serves it: its floor is the oldest cursor that it covers."""
        return Position(self._epoch, self._ring.head, self._ring.first - 1)

    # -- connections -----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._members)

    @property
    def slow_count(self) -> int:
        return len(self._patience)

    def join(self, connection: Connection, wire: Wire, label: str) -> Member:
        """Take a connection in. It gets heartbeats, and events once it follows."""
        member = Member(connection, wire, label)
        member.beat = self._beat
        member.heard_at = self._clock()
        self._members[member] = None
        self._ranks.place(member)
        if self.is_leaving:  # its handshake was under way when the others heard goodbye
            connection.close(BY_NAME["restart"], RESTARTS)
        return member

    def follow(self, member: Member, after: int, shown: Filter) -> None:
        """From now on write every event after ``after`` that the filter shows, in order."""
        if member not in self._members:  # it has left while its question was answered
            return
        member.at = Joined(b"", after, self._latest.version)
        member.group = self._groups.of(shown, member.wire)
        self._ranks.place(member)
        self._rota.wake(member)
        if after < self._ring.head and self._ring.hides_newest(shown):
            self._loop.call_later(CAUGHT_UP_S, self._tell_position, member)

    def _tell_position(self, member: Member) -> None:
        """The newest event is not for this member, which could not tell that it has caught up."""
        if member.is_following and not member.is_blocked:
            cursor = format_cursor(self._epoch, member.cursor)
            member.connection.write(position_frame(member.wire, cursor))

    def stop(self, member: Member) -> None:
        member.group = None
        member.at = NOTHING
        self._catch_up.discard(member)
        if member.rank is not None:
            self._ranks.place(member)

    def leave(self, member: Member) -> None:
        self._ranks.remove(member)
        self.stop(member)
        self._patience.forget(member)
        self._members.pop(member, None)
        member.is_blocked = True  # the rota may still hold it: nobody visits it again

    def heard(self, member: Member) -> None:
        """Anything that arrives, a pong too, shows that the peer is there."""
        member.heard_at = self._clock()

    # -- one visit -------------------------------------------------------------------------------

    def _visit_rank(self, rank: Rank) -> None:
        """The hot path: once per event and rank in step, so it looks at no member and calls little.
        Where the step is broken each is visited alone."""
        at, group, onward = rank.at, rank.group, None
        if at and group and rank.beat == self._beat and self._ring.covers(at.cursor):
            try:
                onward = self._groups.onward(group, at.cursor, at.seen)
            except Exception:  # over whom it breaks is found one by one
                logger.exception("live_rank_failed")
        if onward is None:
            self._visit(tuple(rank.members))
            rank.fall_in(self._ring.head, self._beat)
            return
        rank.at = onward  # before it is sent: whoever breaks the step by it has it
        self._bring(onward, rank.directs, rank.members)

    def _visit(self, members: Sequence[Member]) -> None:
        """Once per event and member where they are not in step, so it calls little. Neighbours that
        stand at the same place and have nothing waiting get the same bytes together.

        Over whomever something breaks, the others get theirs.
        """
        beat, at, onward = self._beat, None, NOTHING
        directs = array("i")
        for member in members:
            try:
                if member.at is not at or member.beat != beat:
                    found = self._onward(member)
                    if found is None:
                        continue
                    if found is not onward:
                        self._bring(onward, directs, members)
                        directs, onward = array("i"), found
                    at = member.at
                direct = member.connection.direct
                if direct >= 0:
                    directs.append(direct)
                elif not self._offer(member, onward.payload):
                    continue
            except Exception:
                logger.exception("live_member_failed", client=member.label)
                self._drop(member)
                continue
            member.at = onward
        self._bring(onward, directs, members)

    def _drop(self, member: Member) -> None:
        self.leave(member)
        member.connection.close(BY_NAME["internal_error"], "Internal error.")

    def _onward(self, member: Member) -> Joined | None:
        """What brings the member on; None when nothing does now."""
        if member.is_blocked or (member.beat != self._beat and not self._give_beat(member)):
            return None
        group = member.group
        if group is None:
            return None
        if not self._ring.covers(member.cursor):
            self._catch_up.add(member)
            return None
        return self._groups.onward(group, member.cursor, member.seen)

    def _offer(self, member: Member, payload: bytes) -> bool:
        if member.is_blocked:
            return False
        if payload and not member.connection.offer(payload):
            self._patience.wait_for(member)
            return False
        return True

    def _bring(self, onward: Joined, directs: "array[int]", members: Sequence[Member]) -> None:
        """Those that were moved get the bytes; who is not at the head then is visited again."""
        if onward is NOTHING:
            return
        payload = onward.payload
        if payload and directs and (short := self._sender.send(payload, directs)):
            _tell_of_the_rest(members, short, payload)
        if onward.cursor < self._ring.head:
            for member in members:
                if member.at is onward:
                    self._rota.wake(member)

    def _is_behind(self, member: Member) -> bool:
        return member.is_following and not self._ring.covers(member.cursor)

    def _deliver(self, member: Member, joined: Joined) -> None:
        """Write unless the transport is full: a member moves only with what was written."""
        if self._offer(member, joined.payload):
            member.at = joined

    # -- heartbeats, and who has gone ------------------------------------------------------------

    def _sweep(self) -> None:
        self._sweep_handle = self._loop.call_later(self._sweep_every, self._sweep)
        self.sweep()

    def sweep(self) -> None:
        """One timer for all: judge the slow, and start a beat when one is due."""
        self._patience.judge()
        now = self._clock()
        if now - self._beat_at >= self.heartbeat_s:
            self._beat_at = now
            self._beat += 1
            self._rota.wake_all()

    def _give_beat(self, member: Member) -> bool:
        """Write the heartbeat; False when the member has gone or is full instead."""
        if member.connection.is_closed():
            self.leave(member)
            return False
        if is_full(member):
            self._patience.wait_for(member)
            return False
        if member.pinged_at is not None and member.heard_at < member.pinged_at:
            self._give_up(member, "No answer to a ping.")
            return False
        member.beat = self._beat
        member.pinged_at = None if member.wire.is_sse else self._clock()
        cursor = format_cursor(self._epoch, member.cursor) if member.is_following else None
        member.connection.write(heartbeat_frame(member.wire, cursor))
        return True

    def _give_up(self, member: Member, reason: str) -> None:
        logger.info("live_consumer_closed", client=member.label, reason=reason)
        self.leave(member)
        member.connection.close(BY_NAME["too_slow"], reason)

    # -- the end ---------------------------------------------------------------------------------

    async def goodbye(self, farewell: Callable[[Wire], bytes]) -> None:
        """Tell everyone that the server restarts and close with 1012, a slice at a time."""
        self.is_leaving = True
        turn = Slice(self._clock)
        for member in tuple(self._members):
            self.leave(member)
            member.connection.write(farewell(member.wire))
            member.connection.close(BY_NAME["restart"], RESTARTS)
            if turn.is_spent:
                await give_way(self._clock)
                turn.restart()

    async def close(self) -> None:
        """Stop listening and the timer. Connections are their shells'."""
        self._stop_listening()
        self._sweep_handle.cancel()
        await self._catch_up.stop()


def _tell_of_the_rest(
    members: Sequence[Member], short: list[tuple[int, int]], payload: bytes
) -> None:
    """What was written past them, and their sockets did not take, the connections write."""
    connections = {member.connection.direct: member.connection for member in members}
    for direct, count in short:
        connections[direct].took(payload, count)
