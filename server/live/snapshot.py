"""A snapshot on its way out, packed in a thread: each row encoded by itself.

Encoding all rows in one call would hold the interpreter as long as it takes, 9 ms for 5,000 issues,
and the event loop with it wherever the call is made. Row by row, the loop gets in between.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Raw
from msgspec.structs import replace

from engine.model import Snapshot
from server.live.messages import Encoding, SnapshotTaken, encode
from server.live.session import Action, Send

_json = msgspec.json.Encoder().encode
_msgpack = msgspec.msgpack.Encoder().encode


def packed(snapshot: Snapshot, encoding: Encoding = Encoding.JSON) -> Snapshot:
    """The snapshot with its long lists encoded: fit for nothing but to be encoded itself."""
    join = _json_rows if encoding is Encoding.JSON else _msgpack_rows
    rows = {"issues": snapshot.issues, "briefs": snapshot.briefs}
    return replace(snapshot, **{name: join(held) for name, held in rows.items() if held})


def pack(actions: Sequence[Action], encoding: Encoding) -> list[Action]:
    """The actions with the snapshot that they send as bytes."""
    return [_pack(action, encoding) for action in actions]


def _pack(action: Action, encoding: Encoding) -> Action:
    if isinstance(action, Send) and isinstance(action.message, SnapshotTaken):
        message = action.message
        return Send(encode(encoding, replace(message, data=packed(message.data, encoding))))
    return action


def _json_rows(rows: Iterable[object]) -> Raw:
    return Raw(b"[%b]" % b",".join([_json(row) for row in rows]))


def _msgpack_rows(rows: Iterable[object]) -> Raw:
    encoded = [_msgpack(row) for row in rows]
    # An array of 32-bit length.
    return Raw(b"\xdd" + len(encoded).to_bytes(4, "big") + b"".join(encoded))
