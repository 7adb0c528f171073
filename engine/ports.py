"""What the engine needs from outside, as protocols. No implementation lives here."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from engine.events.recorded import Latest, Recorded

Clock = Callable[[], datetime]
"""Tells the time as an aware UTC datetime. Injected everywhere, so tests own time."""


class Listener(Protocol):
    """Hears what has happened, on the event loop, after the commit and in ``seq`` order.

    It must not block and must not raise.
    """

    def recorded(self, events: Sequence[Recorded]) -> None: ...

    def latest(self, event: Latest) -> None: ...
