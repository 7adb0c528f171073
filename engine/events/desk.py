"""What happens to the desk as a whole: its configuration, its editions."""

from engine.events.event import Event
from engine.model import Config, Edition


class ConfigChanged(Event, frozen=True, kw_only=True):
    """``confirmed_by`` is the second admin, where the change took two."""

    config: Config
    by: str
    fields: tuple[str, ...]
    confirmed_by: str = ""


class EditionOpened(Event, frozen=True, kw_only=True):
    """The next edition; with the id of the current one, that one lasts longer."""

    edition: Edition
