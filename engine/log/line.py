"""One line of the log as it is checked: exactly as stored, or what is wrong with it. Pure."""

from datetime import UTC, datetime
from typing import NamedTuple

from engine.events.recorded import Recorded
from engine.record import TOMBSTONE, chain, link


class Line(NamedTuple):
    """``digest`` is that of the erased data when ``data`` is a tombstone, else None."""

    seq: int
    type: str
    subject: str
    time: datetime
    data: bytes
    hash: bytes
    digest: bytes | None = None

    @classmethod
    def of(cls, recorded: Recorded) -> "Line":
        return cls(*(getattr(recorded, name) for name in cls._fields[:-1]))

    def follows(self, previous: bytes) -> bool:
        """Whether the stored hash is the one that this line has behind ``previous``."""
        where = (previous, self.seq, self.type, self.subject, self.time)
        if self.digest is None:
            return chain(*where, self.data) == self.hash
        return self.data == TOMBSTONE and link(*where, self.digest) == self.hash


class Damaged(NamedTuple):
    """A stored row that nothing of ours has written like this."""

    seq: int
    why: str


KINDS = ("integer", "text", "text", "text", "blob", "blob")


class Stored(NamedTuple):
    """The columns as SQLite keeps them: texts as bytes, and the storage class of each column."""

    seq: int
    type: bytes
    subject: bytes
    time: bytes
    data: bytes
    hash: bytes
    digest: bytes | None
    kinds: tuple[str, ...]


def checked(row: Stored) -> Line | Damaged:
    """The line, if every column is in the one form in which it is written.

    SQLite and Python read some things alike that are not the same bytes (a text and a blob, a
    time with another separator): here each has to be exactly what was stored.
    """
    if row.kinds[:-1] != KINDS or row.kinds[-1] not in ("null", "blob"):
        return Damaged(row.seq, "a column is not of its kind")
    try:
        type_, subject = row.type.decode(), row.subject.decode()
        time = datetime.fromisoformat(row.time.decode()).replace(tzinfo=UTC)
    except ValueError:
        return Damaged(row.seq, "a column cannot be read")
    if time.replace(tzinfo=None).isoformat(" ", "microseconds").encode() != row.time:
        return Damaged(row.seq, "its time is not as we write it")
    return Line(row.seq, type_, subject, time, row.data, row.hash, row.digest)
