"""Frames joined once for everybody who needs the same ones."""

from collections.abc import Iterable

from msgspec import Struct

from server.live.frames import Wire
from server.live.ring import Framed
from server.live.where import Filter

CHUNK = 32_768
"""Bytes joined into one write; a larger event goes alone. Bounds what a slow consumer holds."""


class Joined(Struct, frozen=True, gc=False):
    """The bytes of a run of events, and where writing them leads a member to.

    ``seen`` is None when latest values were left out.
    """

    payload: bytes
    cursor: int
    seen: int | None = None


def join(events: Iterable[Framed], cursor: int, shown: Filter, wire: Wire) -> Joined:
    """Join what the filter shows, up to CHUNK bytes; hidden events move the cursor only."""
    frames: list[bytes] = []
    size = 0
    for event in events:
        if shown.shows(event):
            frame = event.frame(wire)
            if frames and size + len(frame) > CHUNK:
                break
            frames.append(frame)
            size += len(frame)
        cursor = event.seq
    return Joined(b"".join(frames), cursor)
