"""Checking the hash chain: every line follows from the one before. Pure."""

from collections.abc import Iterable

from engine.events import Recorded
from engine.model import Record
from engine.record import GENESIS, Head, chain


class AuditResult(Record, frozen=True, kw_only=True):
    """``problem`` is empty when ``ok``; else it names the first line that does not fit."""

    ok: bool
    checked: int
    head: str
    problem: str = ""


def verify(lines: Iterable[Recorded], head: Head) -> AuditResult:
    """Walk the log from its beginning to ``head``."""
    previous, seq = GENESIS, 0
    for line in lines:
        seq += 1
        problem = _problem(line, seq, previous)
        if problem:
            return AuditResult(ok=False, checked=seq - 1, head=head.cursor, problem=problem)
        previous = line.hash
    if (seq, previous) != (head.seq, head.hash):
        problem = f"The log ends at {seq}, but its head says {head.seq}."
        return AuditResult(ok=False, checked=seq, head=head.cursor, problem=problem)
    return AuditResult(ok=True, checked=seq, head=head.cursor)


def _problem(line: Recorded, expected: int, previous: bytes) -> str:
    if line.seq != expected:
        return f"Event {expected} is missing."
    computed = chain(previous, line.seq, line.type, line.subject, line.time, line.data)
    if computed != line.hash:
        return f"Event {line.seq} ({line.type}) was changed after it was recorded."
    return ""
