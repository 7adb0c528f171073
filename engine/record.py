"""How an event becomes a line of the log: encoded once, numbered, hashed. Pure."""

import hashlib
from datetime import UTC, datetime
from functools import reduce

import msgspec

from engine.events.event import Event
from engine.events.recorded import Latest, Recorded
from engine.events.table import BY_EVENT, BY_TYPE, Kind
from engine.model import Record

GENESIS = bytes(32)
"""The "previous hash" of the first event."""

TOMBSTONE = b'{"erased":true}'
"""What stands in place of an event's data once it was erased."""

_encoder = msgspec.json.Encoder()


class Head(Record, frozen=True, kw_only=True):
    """Where the log ends: the last number given and its hash."""

    epoch: str
    seq: int
    hash: bytes

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.seq}"


def record(event: Event, head: Head, time: datetime) -> Recorded:
    """The event as the line that follows ``head``."""
    kind = BY_EVENT[type(event)]
    data = _encoder.encode(event)
    subject = _subject(kind, event)
    seq = head.seq + 1
    line_hash = chain(head.hash, seq, kind.name, subject, time, data)
    return _line(head.epoch, seq, kind, subject, time, data, line_hash)


def restore(
    epoch: str, seq: int, type_: str, subject: str, time: datetime, data: bytes, line_hash: bytes
) -> Recorded:
    """A stored line, with the same wire bytes it was first announced with."""
    return _line(epoch, seq, BY_TYPE[type_], subject, time, data, line_hash)


def latest(event: Event, boot: str, n: int, time: datetime) -> Latest:
    """A latest-value event; its id ``~<boot>-<n>`` is never a cursor."""
    kind = BY_EVENT[type(event)]
    subject = _subject(kind, event)
    wire = _wire(f"~{boot}-{n}", kind, subject, time, _encoder.encode(event))
    return Latest(kind.name, kind.topic, subject, wire)


def chain(
    previous: bytes, seq: int, type_: str, subject: str, time: datetime, data: bytes
) -> bytes:
    """SHA-256(previous ‖ seq ‖ type ‖ subject ‖ time ‖ SHA-256(data)).

    ``seq`` is 8 bytes big-endian; the texts are UTF-8, each behind its length in 4 bytes, so that
    no two different lines share their bytes. Only the digest of the data goes in: data can be
    erased and the chain still verifies.
    """
    return link(previous, seq, type_, subject, time, hashlib.sha256(data).digest())


def link(
    previous: bytes, seq: int, type_: str, subject: str, time: datetime, data_digest: bytes
) -> bytes:
    """As ``chain``, for data of which only the digest is left."""
    digest = hashlib.sha256(previous)
    digest.update(seq.to_bytes(8, "big"))
    for text in (type_, subject, timestamp(time)):
        raw = text.encode()
        digest.update(len(raw).to_bytes(4, "big") + raw)
    digest.update(data_digest)
    return digest.digest()


def timestamp(time: datetime) -> str:
    """RFC 3339 in UTC with microseconds and ``Z``; the one form times have on the wire."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _line(
    epoch: str,
    seq: int,
    kind: Kind,
    subject: str,
    time: datetime,
    data: bytes,
    line_hash: bytes,
) -> Recorded:
    wire = _wire(f"{epoch}-{seq}", kind, subject, time, data)
    return Recorded(epoch, seq, kind.name, kind.topic, subject, time, data, line_hash, wire)


def _wire(cursor: str, kind: Kind, subject: str, time: datetime, data: bytes) -> bytes:
    """One CloudEvents 1.0 JSON object. Assembled by hand so that stored data is not re-encoded."""
    return b"".join(
        (
            b'{"specversion":"1.0","id":"',
            cursor.encode(),
            b'","source":"/wireroom","type":"',
            kind.name.encode(),
            b'","subject":',
            _encoder.encode(subject),
            b',"time":"',
            timestamp(time).encode(),
            b'","topic":"',
            kind.topic.encode(),
            b'","data":',
            data,
            b"}",
        )
    )


def _subject(kind: Kind, event: Event) -> str:
    if not kind.subject:
        return ""
    return str(reduce(getattr, kind.subject.split("."), event))
