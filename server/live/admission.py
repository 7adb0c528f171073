"""Whether one more connection is let in. The count is the application's."""

from collections.abc import Callable


class Admission:
    """``count`` tells how many connections are open now, the asking one included."""

    def __init__(self, limit: int, count: Callable[[], int]) -> None:
        self._limit = limit
        self._count = count

    @property
    def is_full(self) -> bool:
        return self._count() > self._limit
