"""What every use case works with: the writer, the readers, the clock, the log, the worker."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection

from engine.log.log import Log
from engine.ports import Clock
from engine.settings import Settings
from engine.store.database import Database
from engine.store.writer import Tx, Writer
from engine.worker.client import Worker

T = TypeVar("T")


class Context:
    """Built once by ``Engine.open`` and handed to every group of use cases."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        database: Database,
        writer: Writer,
        log: Log,
        worker: Worker,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.log = log
        self.worker = worker
        self._database = database
        self._writer = writer

    async def read(self, query: Callable[[Connection], T]) -> T:
        """Run ``query`` in one read transaction, off the event loop."""
        return await asyncio.to_thread(self._database.read, query)

    async def write(self, command: Callable[[Tx], T]) -> T:
        """Queue ``command`` to the one writer; returns when it is durable."""
        return await self._writer.do(command)

    async def empty_wal(self) -> None:
        """Leave nothing that was overwritten in the files beside the database."""
        await asyncio.to_thread(self._database.empty_wal)
