"""Signed heads show what a chain cannot: that a log was rewritten, cut short or rolled back."""

from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from engine.events.audit import AuditErased, AuditRestored
from engine.events.event import Event
from engine.events.ingest import IngestSourceRemoved
from engine.log.line import Line
from engine.log.signing import new_private, sign_head, signing_key
from engine.log.verify import AuditResult, Evidence, examine
from engine.model import SignedHead
from engine.record import GENESIS, TOMBSTONE, Head, record

NOW = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
FIRST, SECOND, STRANGER = new_private(), new_private(), new_private()
KEYS = (signing_key(FIRST), signing_key(SECOND, FIRST))


class Log:
    """A log under construction, and the heads signed of it on the way."""

    def __init__(self, epoch: str = "e1") -> None:
        self.head = Head(epoch=epoch, seq=0, hash=GENESIS)
        self.lines: list[Line] = []

    def add(self, *events: Event) -> "Log":
        for event in events:
            line = record(event, self.head, NOW)
            self.head = Head(epoch=self.head.epoch, seq=line.seq, hash=line.hash)
            self.lines.append(Line.of(line))
        return self

    def sign(self, private: Ed25519PrivateKey = FIRST) -> SignedHead:
        return sign_head(private, self.head, NOW)

    def cut(self, seq: int) -> "Log":
        """As if nothing after ``seq`` had ever been."""
        cut = Log(self.head.epoch)
        cut.lines = self.lines[:seq]
        cut.head = Head(epoch=self.head.epoch, seq=seq, hash=self.lines[seq - 1].hash)
        return cut

    def proven(self, *heads: SignedHead, **evidence: Any) -> AuditResult:
        return examine(self.lines, self.head, Evidence(keys=KEYS, heads=heads, **evidence))


def removed(count: int, start: int = 0) -> list[Event]:
    return [IngestSourceRemoved(source_id=f"s{n}") for n in range(start, start + count)]


def codes(result: AuditResult) -> list[str]:
    return [problem.code for problem in result.problems]


def test_a_signed_log_holds_and_says_up_to_where_and_by_whom() -> None:
    log = Log().add(*removed(3))
    head = log.sign()
    log.add(*removed(1, 3))

    result = log.proven(head)

    assert (result.ok, result.heads, result.signed, result.key) == (True, 1, 3, KEYS[0].id)


def test_a_log_that_was_rewritten_with_its_chain_is_not_the_one_that_was_signed() -> None:
    head = Log().add(*removed(3)).sign()
    rewritten = Log().add(*removed(3, 7))

    result = rewritten.proven(head)

    assert codes(result) == ["changed"]
    assert result.problem == "Event 3 is not the one that was signed: the log was rewritten."


def test_a_log_cut_together_with_its_heads_is_too_short_for_the_anchor() -> None:
    log = Log().add(*removed(5))

    result = log.cut(3).proven(anchored=(log.sign(),))

    assert codes(result) == ["cut"]
    assert result.problem.startswith("The log ends at 3, but a head signed at 2026-03-04 09:00 UTC")


def test_the_anchor_of_another_log_is_noticed() -> None:
    other = Log("e9").add(*removed(2)).sign()

    assert codes(Log().add(*removed(2)).proven(anchored=(other,))) == ["other"]


def test_a_head_with_a_changed_field_does_not_carry_its_signature() -> None:
    log = Log().add(*removed(3))
    forged = replace(log.sign(), time=datetime(2027, 1, 1, tzinfo=UTC))

    assert codes(log.proven(forged)) == ["untrusted"]


def test_a_key_that_the_pinned_one_vouches_for_counts() -> None:
    log = Log().add(*removed(3))

    result = log.proven(log.sign(SECOND), pinned=KEYS[0].id)

    assert (result.ok, result.key) == (True, KEYS[1].id)


def test_the_key_before_the_pinned_one_does_not_count_but_is_no_fault() -> None:
    log = Log().add(*removed(3))
    old = log.sign(FIRST)
    log.add(*removed(1, 3))

    result = log.proven(old, log.sign(SECOND), pinned=KEYS[1].id)

    assert (result.ok, result.heads, result.signed) == (True, 1, 4)


def test_heads_of_a_key_nobody_vouches_for_are_not_to_be_trusted() -> None:
    log = Log().add(*removed(3))
    keys = (*KEYS, signing_key(STRANGER))

    result = examine(
        log.lines,
        log.head,
        Evidence(keys=keys, heads=(log.sign(STRANGER),), pinned=KEYS[0].id),
    )

    assert set(codes(result)) == {"untrusted"}


def test_an_endorsement_by_somebody_else_is_noticed() -> None:
    log = Log().add(*removed(1))
    claimed = replace(signing_key(SECOND, STRANGER), endorsed_by=KEYS[0].id)

    result = examine(log.lines, log.head, Evidence(keys=(KEYS[0], claimed)))

    assert codes(result) == ["untrusted"]


def test_erased_data_leaves_a_chain_that_holds() -> None:
    log = Log().add(*removed(3))
    log.lines[1] = erased(log.lines[1])
    log.add(AuditErased(subject="s1", by="Ada", why="asked", events=((2, 2),)))

    assert log.proven(log.sign()).ok


def test_a_blank_that_no_erasure_speaks_of_is_a_change() -> None:
    log = Log().add(*removed(3))
    log.lines[1] = erased(log.lines[1])

    assert log.proven().problem == "Event 2 was blanked, and no erasure says so."


def test_a_tombstone_cannot_hide_other_data() -> None:
    log = Log().add(*removed(3))
    log.lines[1] = erased(log.lines[1])._replace(data=b'{"source_id":"other"}')
    log.add(AuditErased(subject="s1", by="Ada", why="asked", events=((2, 2),)))

    assert "Event 2 (" in log.proven().problem


def test_a_restored_log_holds_under_its_new_epoch_and_says_what_was_left_behind() -> None:
    before = Log().add(*removed(5))
    kept, lost = before.cut(3).sign(), before.sign()
    after = before.cut(3)
    after.head = replace(after.head, epoch="e2")
    after.add(AuditRestored(epoch="e2", from_epoch="e1", from_seq=3, backup_made=NOW))

    result = after.proven(kept, after.sign(), anchored=(kept, lost))

    assert result.ok
    assert result.notes == (
        "1 signed head is of what was left behind when the desk was restored from a backup.",
    )


def test_an_epoch_that_was_never_opened_is_noticed() -> None:
    log = Log().add(AuditRestored(epoch="e2", from_epoch="e1", from_seq=0, backup_made=NOW))

    result = examine(log.lines, replace(log.head, epoch="e3"), Evidence(keys=KEYS))

    assert codes(result) == ["changed"]


def test_a_changed_epoch_is_not_the_one_that_was_signed() -> None:
    log = Log().add(*removed(2))

    result = examine(
        log.lines, replace(log.head, epoch="e3"), Evidence(keys=KEYS, heads=(log.sign(),))
    )

    assert not result.ok


def test_the_rest_of_a_trimmed_log_holds_from_its_signed_boundary() -> None:
    log = Log().add(*removed(5))
    boundary = log.cut(3)
    rest = log.lines[3:]

    signed = Evidence(start=boundary.head, keys=KEYS, heads=(boundary.sign(),))
    unsigned = Evidence(start=boundary.head, keys=KEYS)

    assert examine(rest, log.head, signed).ok
    assert codes(examine(rest, log.head, unsigned)) == ["untrusted"]


def erased(line: Line) -> Line:
    import hashlib

    return line._replace(data=TOMBSTONE, digest=hashlib.sha256(line.data).digest())
