"""Whether one more connection is let in. The count is the application's."""

from collections.abc import Callable

from engine.settings import Settings
from server.live.limit import Bucket


def admission_of(
    settings: Settings, count: Callable[[], int], clock: Callable[[], float]
) -> "Admission":
    """Whoever may be connected may come at once, unless the settings say otherwise."""
    limit = settings.max_connections
    burst = settings.stream_burst or limit
    return Admission(limit, count, Bucket(clock, burst, settings.stream_rate))


class Admission:
    """``count`` tells how many connections are open now, the asking one included.

    ``arrivals`` bounds how fast streams open: each costs a handshake and a snapshot, so a crowd
    that comes back at once is let in over seconds instead of slowing those who are in.
    """

    def __init__(self, limit: int, count: Callable[[], int], arrivals: Bucket) -> None:
        self._limit = limit
        self._count = count
        self._arrivals = arrivals

    @property
    def is_full(self) -> bool:
        return self._count() > self._limit

    def let_in(self) -> bool:
        """Count one more stream; False when they come too fast."""
        return self._arrivals.take()
