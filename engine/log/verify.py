"""Checking the log: every line follows from the one before, and fits what was signed. Pure.

A log that was rewritten from some event on has a chain that holds. Signed heads show that, those
kept in a second place also that its end was cut off.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Literal

import msgspec

from engine.events.audit import AuditErased, AuditRestored
from engine.events.recorded import Recorded
from engine.log.line import Damaged, Line
from engine.log.signing import is_genuine, is_sound
from engine.model import Record, SignedHead, SigningKey
from engine.record import GENESIS, Head

SHOWN = 20
"""Problems that are told at most: after a cut they are all the same."""

Code = Literal["changed", "cut", "other", "untrusted"]


class Problem(Record, frozen=True, kw_only=True):
    """``changed``: an event is not as recorded. ``cut``: the log ends too early. ``other``: what
    was signed is another log. ``untrusted``: a signature does not hold, or is by a key nobody
    vouches for."""

    code: Code
    seq: int
    message: str


class AuditResult(Record, frozen=True, kw_only=True):
    """``problem`` is empty when ``ok``; else it names the first thing that does not fit.

    ``checked`` counts events; up to ``signed`` a signature of ``key`` covers them. ``notes`` are
    things to know that are no fault.
    """

    ok: bool
    checked: int
    head: str
    problem: str = ""
    problems: tuple[Problem, ...] = ()
    heads: int = 0
    signed: int = 0
    key: str = ""
    notes: tuple[str, ...] = ()


class Evidence(Record, frozen=True, kw_only=True):
    """What the log is held against. ``start`` is what its first event follows, if that is not the
    first of all: a boundary, which has to be among the signed heads when ``is_bounded``.

    With ``pinned``, the id of a key the auditor knows, only that key and those it vouches for
    count; without it every key that is kept beside the log does.
    """

    start: Head | None = None
    is_bounded: bool = True
    keys: tuple[SigningKey, ...] = ()
    heads: tuple[SignedHead, ...] = ()
    anchored: tuple[SignedHead, ...] = ()
    pinned: str = ""


NOTHING = Evidence()


def verify(lines: Iterable[Recorded], head: Head) -> AuditResult:
    """Walk the log from its beginning to ``head``, by its chain alone."""
    return examine((Line.of(line) for line in lines), head, NOTHING)


def examine(lines: Iterable[Line | Damaged], head: Head, evidence: Evidence) -> AuditResult:
    """Walk the log to ``head`` and hold it against ``evidence``."""
    walk = Walk(evidence)
    for line in lines:
        walk.take(line)
    walk.end(head)
    _Signatures(walk, head, evidence).check()
    return walk.result(head)


class Walk:
    """Goes along the chain and remembers what is needed to judge the rest."""

    def __init__(self, evidence: Evidence) -> None:
        start = evidence.start
        self.start = start.seq if start else 0
        self.seq = self.start
        self.previous = start.hash if start else GENESIS
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self.checked = self.heads = self.signed = 0
        self.key = ""
        self.restorations: list[AuditRestored] = []
        self.hashes: dict[int, str] = {self.seq: self.previous.hex()}
        self._wanted = {each.seq for each in (*evidence.heads, *evidence.anchored)}
        self._is_loose = False
        self._blank: set[int] = set()
        self._erased: set[int] = set()

    def problem(self, code: Code, seq: int, message: str) -> None:
        self.problems.append(Problem(code=code, seq=seq, message=message))

    def take(self, line: Line | Damaged) -> None:
        """The next line. After one that does not fit, go on behind it: there may be more.

        What comes right behind damage cannot be judged: the hash it follows from is gone.
        """
        if line.seq != self.seq + 1:
            self._gap(line.seq)
        self.seq = max(line.seq, self.seq + 1)
        if isinstance(line, Damaged):
            self.problem("changed", line.seq, f"Event {line.seq} was changed: {line.why}.")
            self._is_loose = True
            return
        fits = line.follows(self.previous)
        if fits:
            self.checked += not self.problems
            self._remember(line)
        elif not self._is_loose:
            message = f"Event {line.seq} ({line.type}) was changed after it was recorded."
            self.problem("changed", line.seq, message)
        self._is_loose = not fits and not self._is_loose
        self.previous = line.hash
        if line.seq in self._wanted:
            self.hashes[line.seq] = line.hash.hex()

    def end(self, head: Head) -> None:
        if self.seq != head.seq:
            self.problem(
                "cut", self.seq, f"The log ends at {self.seq}, but its head says {head.seq}."
            )
        elif self.previous != head.hash and not self.problems:
            self.problem("changed", head.seq, f"The head's hash is not that of event {head.seq}.")
        for seq in sorted(self._blank - self._erased):
            self.problem("changed", seq, f"Event {seq} was blanked, and no erasure says so.")

    def result(self, head: Head) -> AuditResult:
        first = self.problems[0].message if self.problems else ""
        return AuditResult(
            ok=not self.problems,
            checked=self.checked,
            head=head.cursor,
            problem=first,
            problems=tuple(self.problems[:SHOWN]),
            heads=self.heads,
            signed=self.signed,
            key=self.key,
            notes=tuple(self.notes),
        )

    def _gap(self, found: int) -> None:
        self._is_loose = True
        missing = self.seq + 1
        if found <= self.seq:
            self.problem("changed", found, f"Event {found} is not where it belongs.")
        elif found == missing + 1:
            self.problem("changed", missing, f"Event {missing} is missing.")
        else:
            self.problem("changed", missing, f"Events {missing} to {found - 1} are missing.")

    def _remember(self, line: Line) -> None:
        if line.digest is not None:
            self._blank.add(line.seq)
        elif line.type == "audit.erased":
            for first, last in msgspec.json.decode(line.data, type=AuditErased).events:
                self._erased.update(range(first, min(last, line.seq) + 1))
        elif line.type == "audit.restored":
            self.restorations.append(msgspec.json.decode(line.data, type=AuditRestored))


class _Signatures:
    """Holds signed heads against the walk."""

    def __init__(self, walk: Walk, head: Head, evidence: Evidence) -> None:
        self._walk = walk
        self._head = head
        self._evidence = evidence
        every = {key.id: key for key in evidence.keys}
        self._unsound = [k for k in evidence.keys if not is_sound(k, every.get(k.endorsed_by))]
        self._keys = {key.id: key for key in evidence.keys if key not in self._unsound}
        self._trusted = _trusted(evidence) & self._keys.keys()
        self._epochs = {each.from_epoch: each.from_seq for each in walk.restorations}
        self._abandoned = {each for one in walk.restorations for each in one.abandoned}
        self._good: set[int] = set()
        self._left_behind = self._from_before = 0

    def check(self) -> None:
        evidence, walk = self._evidence, self._walk
        for key in self._unsound:
            walk.problem("untrusted", 0, f"Key {key.id[:16]} is not vouched for as it says.")
        for before, behind in pairwise(walk.restorations):
            if before.epoch != behind.from_epoch:
                walk.problem("changed", behind.from_seq, "The epochs do not follow each other.")
        if walk.restorations and walk.restorations[-1].epoch != self._head.epoch:
            walk.problem("changed", self._head.seq, f"Epoch {self._head.epoch} was never opened.")
        strangers = [each for each in (*evidence.heads, *evidence.anchored) if not self._one(each)]
        self._judge(strangers)
        if self._from_before:
            walk.notes.append(f"{_heads(self._from_before)} of epochs that only the archive knows.")
        if self._left_behind:
            walk.notes.append(
                f"{_heads(self._left_behind)} of what was left behind when the desk was "
                "restored from a backup."
            )

    def _one(self, head: SignedHead) -> bool:
        """Check one head; False when it is by a key that does not count."""
        key = self._keys.get(head.key_id)
        if key is None or head.key_id not in self._trusted:
            return False
        walk = self._walk
        walk.heads += 1
        if not is_genuine(head, key):
            message = f"The head of event {head.seq} does not carry the signature of its key."
            walk.problem("untrusted", head.seq, message)
        elif head.seq >= walk.start:
            self._good.add(head.seq)
            self._compare(head)
        return True

    def _compare(self, head: SignedHead) -> None:
        walk, seq = self._walk, head.seq
        if head.epoch in self._abandoned:
            self._left_behind += 1
        elif head.epoch != self._head.epoch and head.epoch not in self._epochs:
            if walk.start:
                self._from_before += 1  # its epoch ended in what was trimmed
            else:
                message = f"A head of event {seq} is signed for epoch {head.epoch}, not this log."
                walk.problem("other", seq, message)
        elif seq > self._epochs.get(head.epoch, seq):
            self._left_behind += 1
        elif seq > walk.seq:
            message = (
                f"The log ends at {walk.seq}, but a head signed at {head.time:%Y-%m-%d %H:%M} UTC "
                f"says {seq}: it was cut short or rolled back."
            )
            walk.problem("cut", seq, message)
        elif walk.hashes.get(seq) != head.hash:
            message = f"Event {seq} is not the one that was signed: the log was rewritten."
            walk.problem("changed", seq, message)
        elif seq > walk.signed:
            walk.signed, walk.key = seq, head.key_id

    def _judge(self, strangers: list[SignedHead]) -> None:
        """Heads of unknown keys are no proof, and behind the last good one they are a sign."""
        walk, pinned = self._walk, self._evidence.pinned
        behind = [each for each in strangers if each.seq > walk.signed]
        if behind:
            message = (
                f"Heads up to event {behind[-1].seq} are signed by key {behind[-1].key_id[:16]}, "
                "which is not vouched for."
            )
            walk.problem("untrusted", behind[-1].seq, message)
        if walk.start and self._evidence.is_bounded and walk.start not in self._good:
            message = f"The log begins behind event {walk.start}, and nothing signed says why."
            walk.problem("untrusted", walk.start, message)
        if pinned and not walk.signed:
            walk.problem("untrusted", 0, f"Nothing here is signed by key {pinned[:16]}.")


def _trusted(evidence: Evidence) -> set[str]:
    """The keys that count: those kept with the log, or the pinned one and whom it vouches for."""
    if not evidence.pinned:
        return {key.id for key in evidence.keys}
    trusted, found = set[str](), {evidence.pinned}
    while found:
        trusted |= found
        found = {key.id for key in evidence.keys if key.endorsed_by in trusted} - trusted
    return trusted


def _heads(number: int) -> str:
    return "1 signed head is" if number == 1 else f"{number} signed heads are"
