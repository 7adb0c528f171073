"""Frames joined once for everybody who needs the same ones."""

from collections.abc import Iterable
from itertools import islice

from msgspec import Struct

from server.live.frames import Wire
from server.live.ring import Framed
from server.live.where import Filter

CHUNK = 32_768
"""Bytes joined into one write; a larger event goes alone. Bounds what a slow consumer holds."""
LOOKED_AT = 512
"""Events looked at in one go: a narrow filter far behind would hold the loop for the whole ring."""


class Joined(Struct, frozen=True, gc=False):
    """The bytes of a run of events, and where writing them leads a member to."""

    payload: bytes
    cursor: int
    seen: int


def join(events: Iterable[Framed], cursor: int, seen: int, shown: Filter, wire: Wire) -> Joined:
    """Join what the filter shows, up to CHUNK bytes and LOOKED_AT events; hidden events move the
    cursor only. Latest values are not among them: ``seen`` stays."""
    frames: list[bytes] = []
    size = 0
    for event in islice(events, LOOKED_AT):
        if shown.shows(event):
            frame = event.frame(wire)
            if frames and size + len(frame) > CHUNK:
                break
            frames.append(frame)
            size += len(frame)
        cursor = event.seq
    return Joined(b"".join(frames), cursor, seen)
