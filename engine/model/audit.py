"""What proves the log afterwards: signing keys, signed heads, legal holds. Pure data."""

from datetime import datetime

from engine.model.ground import Record


class SigningKey(Record, frozen=True, kw_only=True, tag_field="kind", tag="key"):
    """A public key heads are signed with; ``id`` is the SHA-256 of ``public`` in hex.

    ``endorsement`` is the signature of the key before it, named by ``endorsed_by``; both are empty
    for a key that nobody vouches for: the first one, and one made after the private key was lost.
    """

    id: str
    public: bytes
    endorsed_by: str = ""
    endorsement: bytes = b""


class SignedHead(Record, frozen=True, kw_only=True, tag_field="kind", tag="head"):
    """Where the log ended at ``time``, signed. ``hash`` is hex."""

    epoch: str
    seq: int
    hash: str
    time: datetime
    key_id: str
    signature: bytes

    @property
    def cursor(self) -> str:
        return f"{self.epoch}-{self.seq}"


class Hold(Record, frozen=True, kw_only=True):
    """A legal hold: nothing about ``subject`` is trimmed or erased while it lasts."""

    subject: str
    why: str
    by: str
    at: datetime


class ErasedReply(Record, frozen=True, kw_only=True):
    """What an erasure did. ``held`` events were spared by a legal hold; packages that have left
    are never touched, ``packages`` counts those of the briefs it touched."""

    subject: str
    events: int
    held: int
    briefs: int
    packages: int
