"""python-socketio on uvicorn: one event in, one ``emit`` to everybody.

PYTHON socketio_server.py PORT BODY_BYTES
"""

import sys

import socketio
import uvicorn

sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")


@sio.on("pub")
async def publish(_sid: str, event: dict[str, object]) -> None:
    await sio.emit("event", event)


uvicorn.run(
    socketio.ASGIApp(sio), port=int(sys.argv[1]), loop="uvloop", http="httptools",
    access_log=False, log_level="error", backlog=4096, ws_per_message_deflate=False,
)  # fmt: skip
