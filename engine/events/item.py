"""What happens to single items."""

from engine.events.event import Event
from engine.model import WithdrawnItem


class ItemWithdrawn(Event, frozen=True, kw_only=True):
    """Its publisher took it back; its issue and briefs have events of their own."""

    item: WithdrawnItem
