"""Who is looking at which brief now, or editing it: a latest-value event, never stored."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from engine.events.event import Event
from engine.events.presence import Presence


class _Viewer(Struct, frozen=True):
    name: str
    subject: str
    is_editing: bool


NOWHERE = _Viewer("", "", False)


class Viewers:
    """One subject a connection; ``publish`` is the log's."""

    def __init__(self, publish: Callable[[Event], None]) -> None:
        self._publish = publish
        self._viewing: dict[str, _Viewer] = {}

    def view(self, session_id: str, name: str, subject: str, editing: bool = False) -> None:
        """This connection now looks at ``subject``, or edits it; an empty one means at none."""
        before = self._viewing.pop(session_id, NOWHERE)
        now = _Viewer(name, subject, editing) if subject else NOWHERE
        if subject:
            self._viewing[session_id] = now
        if (before.subject, before.is_editing) == (now.subject, now.is_editing):
            return
        for changed in filter(None, dict.fromkeys((before.subject, subject))):
            self._publish(
                Presence(subject=changed, viewers=self.of(changed), editors=self.editing(changed))
            )

    def leave(self, session_id: str) -> None:
        self.view(session_id, "", "")

    def of(self, subject: str) -> tuple[str, ...]:
        """Names, each once however many windows are open."""
        return _names(viewer for viewer in self._viewing.values() if viewer.subject == subject)

    def editing(self, subject: str) -> tuple[str, ...]:
        """Those of them who edit it."""
        there = (viewer for viewer in self._viewing.values() if viewer.subject == subject)
        return _names(viewer for viewer in there if viewer.is_editing)


def _names(viewers: Iterable[_Viewer]) -> tuple[str, ...]:
    return tuple(sorted({viewer.name for viewer in viewers}))
