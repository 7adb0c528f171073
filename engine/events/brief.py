"""What happens to briefs."""

from engine.events.event import Event
from engine.model import BriefRow


class BriefWritten(Event, frozen=True, kw_only=True):
    brief: BriefRow


class BriefRevised(Event, frozen=True, kw_only=True):
    """``by`` is the person who edited or adopted, or ``system`` when an unread draft grew."""

    brief: BriefRow
    by: str
    why: str


class BriefProposed(Event, frozen=True, kw_only=True):
    """Newer items would change a brief that people work on; ``new_items`` counts them."""

    brief: BriefRow
    new_items: int


class BriefCopyEdited(Event, frozen=True, kw_only=True):
    """A person wrote copy for audiences that the signed text has none for; it is kept beside."""

    brief: BriefRow
    by: str
    audiences: tuple[str, ...]


class BriefUnsettled(Event, frozen=True, kw_only=True):
    """Items went to another issue, came from one or were withdrawn, or somebody corrected the
    quadrant: the text has not followed."""

    brief: BriefRow
    by: str
    why: str


class BriefRedacted(Event, frozen=True, kw_only=True):
    """Personal data was taken out of the row; what is signed has not changed."""

    brief: BriefRow
