"""Starlette on uvicorn, as its documentation would have you do it: the one to compare with.

PYTHON starlette_server.py PORT BODY_BYTES
"""

import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

PORT, BODY_BYTES = map(int, sys.argv[1:])
BODY = b'{"text":"' + b"a" * max(0, BODY_BYTES - 11) + b'"}'
subscribers: set[WebSocket] = set()


async def follow(socket: WebSocket) -> None:
    await socket.accept()
    subscribers.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        subscribers.discard(socket)


async def publish(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            text = await socket.receive_text()
            for subscriber in tuple(subscribers):
                await subscriber.send_text(text)
    except WebSocketDisconnect:
        return


async def hot(_request: Request) -> Response:
    return Response(BODY, media_type="application/json")


app = Starlette(
    routes=[
        Route("/hot", hot),
        WebSocketRoute("/sub", follow),
        WebSocketRoute("/pub", publish),
    ]
)
uvicorn.run(
    app, port=PORT, loop="uvloop", http="httptools", access_log=False, log_level="error",
    backlog=4096, ws_per_message_deflate=False,
)  # fmt: skip
