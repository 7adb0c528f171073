"""The desk's side of the worker: one job in flight, interactive ones first, restarted if it dies.

A task owns the pipe; callers only wait for answers, so that a caller that gives up can never
leave half a frame behind.
"""

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from engine.errors import ShuttingDown, WireroomError, WorkerFailed
from engine.worker.child import COMMAND, Child, Died
from engine.worker.jobs import Job

R = TypeVar("R")
JOB_LIMIT_S: Final = 60.0
"""Jobs take milliseconds; one that takes this long will never end."""


class _Ticket:
    """A job and where its answer goes."""

    __slots__ = ("answer", "job")

    def __init__(self, job: Job[Any], answer: "asyncio.Future[Any]") -> None:
        self.job = job
        self.answer = answer

    def succeed(self, result: Any) -> None:
        if not self.answer.done():
            self.answer.set_result(result)

    def fail(self, error: WireroomError) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


class Worker:
    """A worker process that is there when it is needed."""

    def __init__(
        self, command: Sequence[str] = COMMAND, *, job_limit_s: float = JOB_LIMIT_S
    ) -> None:
        self._command = command
        self._job_limit_s = job_limit_s
        self._interactive: deque[_Ticket] = deque()
        self._ingest: deque[_Ticket] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._child: Child | None = None
        self._pump: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process at work now."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Start the process; it is ready when it answers its first job."""
        self._child = await Child.start(self._command)
        self._pump = asyncio.create_task(self._work(), name="worker")

    async def close(self) -> None:
        """Take no more jobs, answer those that wait, and end the process."""
        self._closing = True
        self._wake.set()
        if self._pump is not None:
            await self._pump
        if self._child is not None:
            await self._child.stop()
            self._child = None

    async def call(self, job: Job[R], *, interactive: bool = False) -> R:
        """The result of ``job``. Interactive jobs overtake all others that wait.

        Raises the job's own error; WorkerFailed when the process died twice over it or it took
        longer than the limit; ShuttingDown after ``close``.
        """
        if self._closing or self._pump is None:
            raise ShuttingDown("The worker is not running.")
        answer: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        (self._interactive if interactive else self._ingest).append(_Ticket(job, answer))
        self._wake.set()
        return await answer

    async def _work(self) -> None:
        while not (self._closing and not self._interactive and not self._ingest):
            ticket = self._next()
            if ticket is None:
                self._wake.clear()
                await self._wake.wait()
            elif not ticket.answer.done():
                await self._answer(ticket)

    def _next(self) -> _Ticket | None:
        for queue in (self._interactive, self._ingest):
            if queue:
                return queue.popleft()
        return None

    async def _answer(self, ticket: _Ticket) -> None:
        try:
            result = await self._twice(ticket.job)
        except WireroomError as error:
            ticket.fail(error)
        except Exception as error:  # noqa: BLE001 - the pump serves all callers and must go on
            # Whatever it was, half a frame may be under way: that stream is not used again.
            await self._drop()
            name = type(ticket.job).__name__
            failed = WorkerFailed(f"{name} was not understood ({type(error).__name__}).")
            failed.__cause__ = error
            ticket.fail(failed)
        else:
            ticket.succeed(result)

    async def _twice(self, job: Job[Any]) -> Any:
        name = type(job).__name__
        for _ in range(2):
            try:
                async with asyncio.timeout(self._job_limit_s):
                    return await (await self._running()).exchange(job)
            except Died:
                await self._drop()
            except TimeoutError:
                await self._drop()
                raise WorkerFailed(f"{name} took longer than {self._job_limit_s:g} s.") from None
            except OSError as error:
                raise WorkerFailed(f"The worker cannot be started: {error.strerror}.") from error
        raise WorkerFailed(f"The worker died twice over {name}.")

    async def _running(self) -> Child:
        if self._child is None:
            self._child = await Child.start(self._command)
        return self._child

    async def _drop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.kill()
