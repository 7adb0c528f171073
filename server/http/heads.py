"""The header lines that every answer carries, for answers that are written by hand."""

from email.utils import formatdate
from time import time

from engine.settings import Settings


class Always:
    """What ``server/middleware.py`` and aiohttp add to every head, as bytes."""

    def __init__(self, settings: Settings) -> None:
        vary = b"Vary: Origin\r\n" if settings.cors_origins else b""
        self._fixed = b"X-Content-Type-Options: nosniff\r\nServer: wireroom\r\n" + vary
        self._second = 0
        self._dated = b""

    def lines(self, request_id: str) -> bytes:
        now = int(time())
        if now != self._second:
            date = formatdate(now, usegmt=True).encode()
            self._second, self._dated = now, b"%bDate: %b\r\n" % (self._fixed, date)
        return b"%bX-Request-Id: %b\r\n" % (self._dated, request_id.encode())
