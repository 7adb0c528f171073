"""What the live channel needs of the engine, as protocols: ``engine.Engine`` fits them."""

from collections.abc import Callable
from typing import Protocol

from engine.events.event import Event
from engine.model import Principal, Snapshot
from server.live.hub import LiveLog


class DeskLog(LiveLog, Protocol):
    @property
    def publish(self) -> Callable[[Event], None]: ...

    async def floor(self) -> int: ...


class Authenticator(Protocol):
    async def authenticate(self, token: str) -> Principal: ...

    async def still(self, token: str) -> Principal: ...

    async def session(self, secret: str) -> Principal: ...


class TicketOffice(Protocol):
    async def redeem(self, ticket: str) -> tuple[Principal, str]: ...


class Issues(Protocol):
    @property
    def quadrants(self) -> tuple[str, ...]: ...


class Desk(Protocol):
    @property
    def log(self) -> DeskLog: ...

    @property
    def access(self) -> Authenticator: ...

    @property
    def issues(self) -> Issues: ...

    @property
    def tickets(self) -> TicketOffice: ...

    async def snapshot(self, topics: frozenset[str]) -> Snapshot: ...
