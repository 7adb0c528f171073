"""What happens to the log itself."""

from datetime import datetime
from typing import Literal

from engine.events.event import Event
from engine.model import Hold


class AuditKeyRotated(Event, frozen=True, kw_only=True):
    """``endorsed_by`` is empty when the private key before was lost."""

    key_id: str
    endorsed_by: str
    by: str


class AuditRestored(Event, frozen=True, kw_only=True):
    """The desk goes on from a backup: what ``from_epoch`` had after ``from_seq`` is not here, nor
    anything of the ``abandoned`` epochs that the second place knew of."""

    epoch: str
    from_epoch: str
    from_seq: int
    backup_made: datetime
    abandoned: tuple[str, ...] = ()


class AuditErased(Event, frozen=True, kw_only=True):
    """The data of ``events`` (first and last ``seq`` of each stretch) was erased."""

    subject: str
    by: str
    why: str
    events: tuple[tuple[int, int], ...]


class AuditTrimmed(Event, frozen=True, kw_only=True):
    """``count`` of ``kind`` were older than ``days``; events went up to ``seq``, to ``archive``."""

    kind: Literal["log", "items", "exports"]
    count: int
    days: int
    seq: int = 0
    archive: str = ""


class AuditHeld(Event, frozen=True, kw_only=True):
    hold: Hold


class AuditHoldEnded(Event, frozen=True, kw_only=True):
    hold: Hold
    by: str
