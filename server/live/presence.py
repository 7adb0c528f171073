"""Who is looking at which brief now: told as a latest-value event, never stored."""

from collections.abc import Callable

from engine.events import Event, Presence


class Viewers:
    """One subject a connection; ``publish`` is the log's."""

    def __init__(self, publish: Callable[[Event], None]) -> None:
        self._publish = publish
        self._viewing: dict[str, tuple[str, str]] = {}

    def view(self, session_id: str, name: str, subject: str) -> None:
        """This connection now looks at ``subject``; an empty one means at none."""
        left = self._subject(session_id)
        if left == subject:
            return
        self._viewing.pop(session_id, None)
        if subject:
            self._viewing[session_id] = name, subject
        for changed in filter(None, (left, subject)):
            self._publish(Presence(subject=changed, viewers=self.of(changed)))

    def leave(self, session_id: str) -> None:
        self.view(session_id, "", "")

    def of(self, subject: str) -> tuple[str, ...]:
        """Names, each once however many windows are open."""
        return tuple(sorted({name for name, seen in self._viewing.values() if seen == subject}))

    def _subject(self, session_id: str) -> str:
        return self._viewing.get(session_id, ("", ""))[1]
