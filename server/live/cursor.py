"""Where a client left off, and whether the log can continue there. Pure.

A cursor is ``<epoch>-<seq>`` and opaque to clients.
"""

from functools import lru_cache

from msgspec import Struct

MAX_SEQ = 2**63 - 1


class Position(Struct, frozen=True):
    """Where the log is: ``head`` is committed; cursors from ``floor`` on can be served whole."""

    epoch: str
    head: int
    floor: int

    @property
    def cursor(self) -> str:
        return format_cursor(self.epoch, self.head)


class Resumption(Struct, frozen=True):
    """Whether recovery was asked for, and the ``seq`` to continue after if it works."""

    was_recovering: bool
    after: int | None

    @property
    def recovered(self) -> bool:
        return self.after is not None


def format_cursor(epoch: str, seq: int) -> str:
    return f"{epoch}-{seq}"


@lru_cache(maxsize=1024)  # who comes back left off where many did
def parse_cursor(text: str) -> tuple[str, int]:
    """The epoch and ``seq`` of a cursor; raises ValueError when it is none."""
    epoch, _, digits = text.rpartition("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) <= 19
    if not epoch or not is_number or int(digits) > MAX_SEQ:
        raise ValueError(f"{text!r} is not a cursor.")
    return epoch, int(digits)


def is_decided_by(since: str | None, reach: Position) -> bool:
    """Whether ``resume`` needs to know no more of the log than this stretch of it.

    Beyond it lie older events, which only the store knows, and those that another process has
    committed and we have not heard of yet.
    """
    if since is None:
        return True
    try:
        epoch, seq = parse_cursor(since)
    except ValueError:
        return True
    return epoch != reach.epoch or reach.floor <= seq <= reach.head


def resume(since: str | None, position: Position) -> Resumption:
    """Decide against the committed log.

    A malformed, foreign, trimmed or future cursor is never recovered: not even in part.
    """
    if since is None:
        return Resumption(False, None)
    try:
        epoch, seq = parse_cursor(since)
    except ValueError:
        return Resumption(True, None)
    known = epoch == position.epoch and position.floor <= seq <= position.head
    return Resumption(True, seq if known else None)
