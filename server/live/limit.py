"""How many messages a client may send, or streams may open: a token bucket. Pure."""

from collections.abc import Callable

BURST = 60
PER_SECOND = 20.0


class Bucket:
    """``burst`` at once, ``per_second`` for long. ``clock`` is monotonic seconds."""

    __slots__ = ("_burst", "_clock", "_filled_at", "_left", "_per_second")

    def __init__(
        self, clock: Callable[[], float], burst: int = BURST, per_second: float = PER_SECOND
    ) -> None:
        self._clock = clock
        self._burst = burst
        self._per_second = per_second
        self._left = float(burst)
        self._filled_at = clock()

    def take(self) -> bool:
        """Whether one more is within the limit."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._filled_at) * self._per_second)
        self._filled_at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
