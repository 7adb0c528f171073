"""The one envelope around every JSON answer. Pure."""

from typing import Any

import msgspec
from aiohttp import web

from server.errors import Answer

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


def wrap(value: object) -> bytes:
    """A success: the value inside the envelope, encoded."""
    return b'{"success":true,"data":' + _encode(value) + b',"error":null}'


def success(body: bytes, status: int = 200) -> web.Response:
    """A response from an already wrapped body."""
    return web.Response(body=body, status=status, content_type=JSON)


def failure(answer: Answer, request_id: str) -> web.Response:
    """A refusal: a sentence, a stable code, and the id to find it in the logs."""
    fields: dict[str, Any] = {
        "success": False,
        "data": None,
        "error": answer.message,
        "code": answer.code,
        "request_id": request_id,
    }
    if answer.details:
        fields["details"] = answer.details
    body = _encode(fields)
    return web.Response(body=body, status=answer.status, headers=answer.headers, content_type=JSON)
