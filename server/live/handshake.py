"""What RFC 6455 asks of an opening handshake, and what it answers."""

import binascii
import hashlib

from aiohttp import HttpVersion11, hdrs, web

from server.live.messages import SUBPROTOCOLS, Encoding

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Upgraded(web.StreamResponse):
    """The 101. Once prepared its socket is another's: there is no end of a body to write."""

    def __init__(self, request: web.Request) -> None:
        """Raises HTTPBadRequest or HTTPUpgradeRequired for what is not a handshake."""
        check_handshake(request)
        super().__init__(status=101, headers=_answer(request))
        self.force_close()
        self.encoding = offered(request) or Encoding.JSON

    async def write_eof(self, data: bytes = b"") -> None:
        pass


def check_handshake(request: web.BaseRequest) -> None:
    """Raises HTTPBadRequest or HTTPUpgradeRequired with a sentence."""
    headers = request.headers
    if request.version < HttpVersion11 or request.method != hdrs.METH_GET:
        raise web.HTTPBadRequest(text="A WebSocket handshake is a GET of HTTP/1.1.")
    if not _lists(headers.get(hdrs.UPGRADE, ""), "websocket"):
        raise web.HTTPBadRequest(text="This address speaks WebSocket: send 'Upgrade: websocket'.")
    if not _lists(headers.get(hdrs.CONNECTION, ""), "upgrade"):
        raise web.HTTPBadRequest(text="'Connection' must be 'Upgrade'.")
    if request.can_read_body:
        raise web.HTTPBadRequest(text="A WebSocket handshake has no body.")
    if headers.get(hdrs.SEC_WEBSOCKET_VERSION) != "13":
        raise web.HTTPUpgradeRequired(
            text="'Sec-WebSocket-Version' must be 13.",
            headers={hdrs.SEC_WEBSOCKET_VERSION: "13"},
        )
    if not _is_key(headers.get(hdrs.SEC_WEBSOCKET_KEY, "")):
        raise web.HTTPBadRequest(text="'Sec-WebSocket-Key' must be 16 bytes in base64.")


def _answer(request: web.BaseRequest) -> dict[str, str]:
    headers: dict[str, str] = {
        hdrs.UPGRADE: "websocket",
        hdrs.CONNECTION: "Upgrade",
        hdrs.SEC_WEBSOCKET_ACCEPT: accept(request).decode(),
    }
    if encoding := offered(request):
        headers[hdrs.SEC_WEBSOCKET_PROTOCOL] = encoding.value
    return headers


def accept(request: web.BaseRequest) -> bytes:
    """What shows that the key was read."""
    key = request.headers[hdrs.SEC_WEBSOCKET_KEY].strip().encode()
    digest = hashlib.sha1(key + _GUID, usedforsecurity=False).digest()
    return binascii.b2a_base64(digest, newline=False)


def offered(request: web.BaseRequest) -> Encoding | None:
    """The first subprotocol of the client's that we speak."""
    for line in request.headers.getall(hdrs.SEC_WEBSOCKET_PROTOCOL, []):
        for name in line.split(","):
            if name.strip() in SUBPROTOCOLS:
                return Encoding(name.strip())
    return None


def _lists(header: str, token: str) -> bool:
    said = header.lower()
    return said == token or token in [part.strip() for part in said.split(",")]


def _is_key(key: str) -> bool:
    try:
        return len(binascii.a2b_base64(key.strip(), strict_mode=True)) == 16
    except (binascii.Error, ValueError):
        return False
