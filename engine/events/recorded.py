"""Events as they are kept and sent: numbered or keyed, encoded once."""

from datetime import datetime

from msgspec import Struct


class Recorded(Struct, frozen=True):
    """One event of the log: numbered, hashed, and encoded once for every reader.

    ``data`` is the JSON object of the event's own fields; ``wire`` the whole CloudEvents object,
    the same bytes on WebSocket, SSE and replay.
    """

    epoch: str
    seq: int
    type: str
    topic: str
    subject: str
    time: datetime
    data: bytes
    hash: bytes
    wire: bytes

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.seq}"


class Latest(Struct, frozen=True):
    """A latest-value event, encoded once."""

    type: str
    topic: str
    subject: str
    wire: bytes

    @property
    def key(self) -> tuple[str, str]:
        """A newer event with the same key replaces an older one."""
        return self.type, self.subject
