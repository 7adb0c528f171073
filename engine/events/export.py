"""What happens to packages."""

from engine.events.event import Event
from engine.model import BriefRow, ExportRow, Refusal


class ExportCreated(Event, frozen=True, kw_only=True):
    brief: BriefRow
    export: ExportRow


class ExportRefused(Event, frozen=True, kw_only=True):
    refusal: Refusal
    by: str


class ExportRedacted(Event, frozen=True, kw_only=True):
    """Personal data was taken out of the row; the package that left has not changed."""

    export: ExportRow
