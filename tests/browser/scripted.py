"""A desk that says what a test wants over the live channel, in the shapes of the real one."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from playwright.sync_api import WebSocketRoute

from engine.model import BriefRow, Config, Edition, Interrupt, Issue, Snapshot

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
EDITION = Edition(id="2026-03-02", opens_at=NOW, closes_at=NOW + timedelta(days=1))
QUADRANTS = ("Policy", "Industry", "Advocacy", "Risk")
PRIORITIES = ("low", "medium", "high", "critical")


def an_issue(number: int = 1, **changes: Any) -> Issue:
    fields = {
        "id": f"issue-{number}",
        "title": f"Quillan Harbour raises tolls for the {number}th time",
        "quadrant": QUADRANTS[number % 4],
        "confidence": 0.8,
        "relevance": 0.7,
        "score": (number * 37 % 100) / 100,
        "priority": PRIORITIES[number % 4],
        "needs_review": number % 5 == 0,
        "item_count": 1 + number % 9,
        "source_count": 1 + number % 4,
        "duplicate_count": 0,
        "first_seen": NOW,
        "last_seen": NOW,
        "edition": EDITION.id,
        "reasons": ("12 items in a day",),
    }
    return Issue(**(fields | changes))


def a_brief(number: int = 1, **changes: Any) -> BriefRow:
    issue = an_issue(number)
    fields = {
        "id": issue.id,
        "title": issue.title,
        "quadrant": issue.quadrant,
        "priority": issue.priority,
        "state": "in_review",
        "revision": 1,
        "digest": "a" * 64,
        "as_of": NOW,
        "edition": EDITION.id,
        "required_roles": ("Analyst", "Strategy Head"),
        "missing_roles": ("Analyst", "Strategy Head"),
    }
    return BriefRow(**(fields | changes))


class ScriptedDesk:
    """Hand ``accept`` to a screen. What is told while nobody listens is lost, as in life."""

    def __init__(self, issues: Iterable[Issue] = (), briefs: Iterable[BriefRow] = ()) -> None:
        self.issues = tuple(issues)
        self.briefs = tuple(briefs)
        self.is_open = True
        self._seq = 1
        self._socket: WebSocketRoute | None = None

    @property
    def head(self) -> str:
        return f"e1-{self._seq}"

    def accept(self, socket: WebSocketRoute) -> None:
        if not self.is_open:
            socket.close(code=1013, reason="away")
            return
        self._socket = socket
        socket.on_message(lambda text: self._asked(socket, json.loads(text)))
        self._say(
            op="hello",
            session="s1",
            epoch="e1",
            head=self.head,
            heartbeat_s=30,
            auth="ok",
            principal=None,
        )

    def tell(self, kind: str, subject: str, **rows: Any) -> None:
        """One more event, numbered."""
        self._seq += 1
        self._say(
            specversion="1.0",
            id=self.head,
            source="/wireroom",
            type=kind,
            subject=subject,
            time=NOW,
            topic=kind.partition(".")[0],
            data=rows,
        )

    def goes_away(self) -> None:
        """Close, and turn everybody away until ``comes_back``."""
        self.is_open = False
        assert self._socket is not None
        self._socket.close(code=1013, reason="away")

    def comes_back(self) -> None:
        self.is_open = True

    def _asked(self, socket: WebSocketRoute, message: dict[str, Any]) -> None:
        if message["op"] != "subscribe":
            return
        number = message["id"]
        self._say(
            op="subscribed",
            id=number,
            topics=message["topics"],
            **{"from": self.head},
            head=self.head,
            was_recovering="since" in message,
            recovered=False,
        )
        self._say(op="snapshot", id=number, at=self.head, data=self._snapshot())

    def _snapshot(self) -> Snapshot:
        return Snapshot(
            at=self.head,
            edition=EDITION,
            issues=self.issues,
            briefs=self.briefs,
            interrupt=Interrupt(),
            config=Config(),
            exports=(),
            sources=(),
        )

    def _say(self, **message: Any) -> None:
        assert self._socket is not None
        self._socket.send(msgspec.json.encode(message).decode())
