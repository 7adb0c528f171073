"""Who is there now."""

from engine.events.event import Event


class Presence(Event, frozen=True, kw_only=True):
    """Who is looking at a brief now, and who of them edits it; empty when the last one left."""

    subject: str
    viewers: tuple[str, ...]
    editors: tuple[str, ...] = ()
