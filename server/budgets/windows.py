"""Counts of the running minute, in memory, for the strategies of ``limits``.

The library's own memory starts a thread every 10 ms and walks every key in it, keeps windows on a
clock that can be set back, and has no bound. This one does a dictionary's work, and no more.
"""

from collections.abc import Callable

from limits.storage import Storage

KEYS_AT_MOST = 65_536


class Windows(Storage):
    """Fixed windows that begin with the first count of a key. ``clock`` is monotonic seconds.

    All windows are equally long, so the oldest stands first: whoever adds one clears two, and past
    ``at_most`` the oldest are forgotten before their time.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float], at_most: int = KEYS_AT_MOST) -> None:
        super().__init__()
        self._clock = clock
        self._at_most = at_most
        self._counts: dict[str, list[float]] = {}  # key: [count, when it ends]

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def base_exceptions(self) -> type[Exception]:
        return KeyError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock()
        window = self._counts.get(key)
        if window is None or now >= window[1]:
            window = self._begin(key, now, now + expiry)
        window[0] += amount
        return int(window[0])

    def get(self, key: str) -> int:
        window = self._counts.get(key)
        return 0 if window is None or self._clock() >= window[1] else int(window[0])

    def get_expiry(self, key: str) -> float:
        """When the window ends, by the given clock."""
        window = self._counts.get(key)
        return self._clock() if window is None else window[1]

    def seconds_left(self, key: str) -> float:
        return self.get_expiry(key) - self._clock()

    def give_back(self, key: str) -> None:
        """One that was counted does not count after all."""
        window = self._counts.get(key)
        if window is not None and window[0] > 0:
            window[0] -= 1

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        count = len(self._counts)
        self._counts.clear()
        return count

    def clear(self, key: str) -> None:
        self._counts.pop(key, None)

    def _begin(self, key: str, now: float, end: float) -> list[float]:
        self._counts.pop(key, None)  # a new window goes to the end of the row
        for oldest in [one for one, _ in zip(self._counts, range(2), strict=False)]:
            if now >= self._counts[oldest][1] or len(self._counts) >= self._at_most:
                del self._counts[oldest]
        window = self._counts[key] = [0, end]
        return window
