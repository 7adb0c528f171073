"""What happens in review."""

from engine.events.event import Event
from engine.model import BriefRow, Interrupt, SignOff


class ReviewOpened(Event, frozen=True, kw_only=True):
    brief: BriefRow
    by: str


class ReviewSigned(Event, frozen=True, kw_only=True):
    brief: BriefRow
    signoff: SignOff


class ReviewDeclined(Event, frozen=True, kw_only=True):
    brief: BriefRow
    signoff: SignOff


class ReviewCleared(Event, frozen=True, kw_only=True):
    """The same role took its decline back, with a reason."""

    brief: BriefRow
    role: str
    by: str
    reason: str


class ReviewWithdrawn(Event, frozen=True, kw_only=True):
    brief: BriefRow
    signoff: SignOff


class ReviewVoided(Event, frozen=True, kw_only=True):
    """Sign-offs that stopped counting: whose, on which revision, and why."""

    brief: BriefRow
    signoffs: tuple[SignOff, ...]
    why: str


class ReviewGateOpened(Event, frozen=True, kw_only=True):
    brief: BriefRow


class ReviewInterrupted(Event, frozen=True, kw_only=True):
    interrupt: Interrupt


class ReviewResumed(Event, frozen=True, kw_only=True):
    interrupt: Interrupt
    by: str
