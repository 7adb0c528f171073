"""What a row of the URL table says. Data only; the table is ``routes.py``."""

from collections.abc import Awaitable, Callable
from typing import Literal

from aiohttp import web
from msgspec import Struct

from engine.desk.rights import Action
from engine.settings import Settings

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Needs = Literal["public", "anyone"] | Action
"""``public``: nobody is asked. ``anyone``: the principal is looked up, and may be nobody.
An action: it takes a principal, and whether their roles suffice is decided in the engine, inside
the transaction. ``read`` is open to everybody in mock mode."""

Limit = Literal["body", "items"]


class Route(Struct, frozen=True):
    """One method of one path: who may ask, how much they may send, how long it may take."""

    method: str
    path: str
    handler: Handler
    needs: Needs
    limit: Limit = "body"
    timeout: Literal["default", "long", "none"] = "default"

    @property
    def is_stream(self) -> bool:
        return self.timeout == "none"

    def timeout_of(self, settings: Settings) -> float | None:
        """Seconds until the request is given up; a long one is an upload or a rendering."""
        if self.timeout == "none":
            return None
        return settings.timeout_seconds * (4 if self.timeout == "long" else 1)

    def body_limit_of(self, settings: Settings) -> int:
        return settings.items_body_limit if self.limit == "items" else settings.body_limit
