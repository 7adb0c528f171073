"""The one writer: every change queues here, and a state and its event commit together.

Many commands share one commit; each has its own savepoint, so one that raises undoes only itself.
A command that *returns* an error commits what it recorded and the caller gets the error raised:
that is how refusals reach the log.

During a restart another process writes to the same log. What it has committed is announced here
too, from this thread, so that announcements have one source and are gapless: before the events
of an own commit come those that it found in front of them.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, insert, update
from sqlalchemy.exc import DatabaseError

from engine.errors import ShuttingDown, WireroomError
from engine.events.event import Event
from engine.events.recorded import Recorded
from engine.ports import Clock
from engine.record import Head, record
from engine.store import desk, log
from engine.store.database import Database, failure
from engine.store.tables import events, log_head
from engine.store.tail import Tail

T = TypeVar("T")
BATCH = 256
"""Commands that share one commit at most: past this the gain is gone and latency grows."""
LOOK_EVERY_S = 0.02
"""How late the commits of another process are noticed while there are none of our own."""

logger = structlog.get_logger("wireroom.writer")


class Tx:
    """What a command may use: the connection, the time of the transaction, and the log."""

    def __init__(self, connection: Connection, head: Head, clock: Clock) -> None:
        self.connection = connection
        self.now = clock()
        self.head = head
        self.recorded: list[Recorded] = []

    def begin_epoch(self, epoch: str) -> None:
        """From here on the log has another epoch: cursors given out before are not continued."""
        self.connection.execute(update(log_head).values(epoch=epoch))
        self.head = Head(epoch=epoch, seq=self.head.seq, hash=self.head.hash)

    def record(self, event: Event) -> Recorded:
        """Append the event to the log, in this transaction."""
        line = record(event, self.head, self.now)
        self.head = Head(epoch=line.epoch, seq=line.seq, hash=line.hash)
        self.recorded.append(line)
        return line


Command = Callable[[Tx], Any]


class _Waiting:
    """A queued command and where its outcome goes."""

    __slots__ = ("command", "error", "future", "result")

    def __init__(self, command: Command, future: asyncio.Future[Any]) -> None:
        self.command = command
        self.future = future
        self.result: Any = None
        self.error: BaseException | None = None


class Writer:
    """One thread, one connection. ``announce`` hears each commit's events on the loop, in order,
    before the commands' callers do; others' commits too. ``after`` is where the log ended."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        announce: Callable[[Sequence[Recorded]], None],
        after: int = 0,
    ) -> None:
        self._database = database
        self._tail = Tail(database)
        self._told = after
        self._is_blind = False
        self._clock = clock
        self._announce = announce
        self._loop = asyncio.get_running_loop()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="wireroom-writer", daemon=True)
        self._thread.start()

    async def do(self, command: Callable[[Tx], T]) -> T:
        """Run ``command`` in the writer and return its result once it is durable.

        A cancelled caller does not cancel the commit. Raises what the command raises, and
        StoreFailed when the disk refuses.
        """
        if self._closed:
            raise ShuttingDown("The desk is shutting down.")
        waiting = _Waiting(command, self._loop.create_future())
        self._queue.put(waiting)
        result: T = await waiting.future
        return result

    async def close(self) -> None:
        """Finish what is queued, then stop."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- the writer's thread ---------------------------------------------------------------------

    def _run(self) -> None:
        stop = False
        while not stop:
            batch, stop = self._next_batch()
            recorded = self._commit(batch) if batch else self._look()
            if recorded:
                self._told = recorded[-1].seq
            if batch or recorded:
                self._loop.call_soon_threadsafe(self._deliver, batch, recorded)
        self._tail.close()

    def _next_batch(self) -> tuple[list[_Waiting], bool]:
        """What is queued; nothing when it is time to look at what others did."""
        batch: list[_Waiting] = []
        block = True
        while len(batch) < BATCH:
            try:
                waiting = self._queue.get(block, LOOK_EVERY_S)
            except queue.Empty:
                break
            if waiting is None:
                return batch, True
            batch.append(waiting)
            block = False
        return batch, False

    def _look(self) -> list[Recorded]:
        try:
            found = self._tail.read(self._told)
        except Exception:  # a follower behind is better than a writer that is gone
            if not self._is_blind:
                logger.exception("log_not_followed")
            self._is_blind = True
            return []
        self._is_blind = False
        return found

    def _commit(self, batch: list[_Waiting]) -> list[Recorded]:
        """What is to be announced: what others committed before, then what this batch did."""
        try:
            with self._database.writing.begin() as connection, _remembering(connection):
                head = log.head(connection)
                missed = self._missed(connection, head)
                recorded: list[Recorded] = []
                for waiting in batch:
                    tx = self._run_one(waiting, connection, head)
                    head = tx.head
                    recorded += tx.recorded
                _append(connection, recorded, head)
        except (DatabaseError, OSError) as error:
            _fail(batch, failure(error))
            return []
        except Exception as error:  # noqa: BLE001  (a thread that dies would hang every caller)
            _fail(batch, error)
            return []
        return missed + recorded

    def _missed(self, connection: Connection, head: Head) -> list[Recorded]:
        if head.seq <= self._told:
            return []
        return log.after(connection, self._told, head.seq - self._told)

    def _run_one(self, waiting: _Waiting, connection: Connection, head: Head) -> Tx:
        tx = Tx(connection, head, self._clock)
        connection.exec_driver_sql("SAVEPOINT command")
        try:
            waiting.result = waiting.command(tx)
        except DatabaseError as error:
            _undo(connection, error)
            waiting.error = failure(error)
            return Tx(connection, head, self._clock)
        except BaseException as error:  # noqa: BLE001  (belongs to the caller, whatever it is)
            _roll_back(connection)
            waiting.error = error
            return Tx(connection, head, self._clock)
        connection.exec_driver_sql("RELEASE command")
        return tx

    # -- the event loop --------------------------------------------------------------------------

    def _deliver(self, batch: list[_Waiting], recorded: list[Recorded]) -> None:
        try:
            if recorded:
                self._announce(recorded)
        finally:  # committed is committed, whatever a listener made of it
            for waiting in batch:
                _settle(waiting)


@contextmanager
def _remembering(connection: Connection) -> Iterator[None]:
    """Nobody else writes until the commit: the desk's records are read once for all commands."""
    desk.remember(connection)
    try:
        yield
    finally:
        desk.forget(connection)


def _roll_back(connection: Connection) -> None:
    desk.remember(connection)
    connection.exec_driver_sql("ROLLBACK TO command")
    connection.exec_driver_sql("RELEASE command")


def once(database: Database, clock: Clock, command: Callable[[Tx], T]) -> T:
    """Run one command in a transaction of its own, on a folder that nobody serves."""

    def run() -> T:
        with database.writing.begin() as connection:
            tx = Tx(connection, log.head(connection), clock)
            result = command(tx)
            _append(connection, tx.recorded, tx.head)
            return result

    return database.guard(run)


def _undo(connection: Connection, cause: DatabaseError) -> None:
    """Undo one command. A full disk makes SQLite end the whole transaction: then all fail."""
    try:
        _roll_back(connection)
    except DatabaseError:
        raise cause from None


def _settle(waiting: _Waiting) -> None:
    if waiting.future.done():  # the caller went away
        return
    if waiting.error is not None:
        waiting.future.set_exception(waiting.error)
    elif isinstance(waiting.result, WireroomError):
        waiting.future.set_exception(waiting.result)
    else:
        waiting.future.set_result(waiting.result)


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        waiting.error = waiting.error or error


def _append(connection: Connection, recorded: list[Recorded], head: Head) -> None:
    if not recorded:
        return
    rows = [
        {
            "seq": line.seq,
            "type": line.type,
            "subject": line.subject,
            "time": line.time,
            "data": line.data,
            "hash": line.hash,
        }
        for line in recorded
    ]
    connection.execute(insert(events), rows)
    connection.execute(update(log_head).values(seq=head.seq, hash=head.hash))
