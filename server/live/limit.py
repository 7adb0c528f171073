"""How many messages a client may send: a token bucket. Pure."""

from collections.abc import Callable

BURST = 60
PER_SECOND = 20.0


class Bucket:
    """``BURST`` at once, ``PER_SECOND`` for long. ``clock`` is monotonic seconds."""

    __slots__ = ("_clock", "_filled_at", "_left")

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._left = float(BURST)
        self._filled_at = clock()

    def take(self) -> bool:
        """Whether one more is within the limit."""
        now = self._clock()
        self._left = min(BURST, self._left + (now - self._filled_at) * PER_SECOND)
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
