"""A desk from a backup: a new epoch, nobody signed in, and nothing signed off.

What the world saw after the backup was made is not here, so nothing that rests on it may hold:
cursors are of another epoch, and what was approved has to be approved again.
"""

import secrets
import shutil
from datetime import datetime
from pathlib import Path

from msgspec.structs import replace

from engine.desk import standing
from engine.desk.backup import Manifest, unpack
from engine.desk.proof import NO_ANCHOR, prove
from engine.errors import BackupInvalid, Invalid
from engine.events.audit import AuditRestored
from engine.log.anchor import Anchored
from engine.log.archive import FOLDER, open_archive
from engine.log.verify import AuditResult
from engine.model import Record
from engine.review import transitions
from engine.store import access, briefs, idempotency
from engine.store.database import Database
from engine.store.writer import Tx, once

WHY = "Restored from a backup"
BESIDE = ".restoring"


class Restored(Record, frozen=True, kw_only=True):
    """``missing`` says, in sentences, what is known to have happened after the backup."""

    manifest: Manifest
    epoch: str
    voided: int
    missing: tuple[str, ...]


def restore(file: Path, into: Path, now: datetime, anchor: Anchored = NO_ANCHOR) -> Restored:
    """Make a desk in the empty folder ``into``. Whole, or there is no desk in it.

    Raises Invalid for a folder with something in it, BackupInvalid for a backup that is damaged
    or is not of the anchored log. One that is older than the anchor is restored, and says so.
    """
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise Invalid(f"{into} is not an empty folder: a backup is never restored over anything.")
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = into / BESIDE
    beside.mkdir(mode=0o700)
    try:
        manifest = unpack(file, beside)
        restored = _begin_again(beside, manifest, now, anchor)
        for part in beside.iterdir():
            part.rename(into / part.name)
    finally:
        shutil.rmtree(beside)
    return restored


def _begin_again(folder: Path, manifest: Manifest, now: datetime, anchor: Anchored) -> Restored:
    database = Database(folder)
    database.open()
    try:
        archive = open_archive(folder / FOLDER)
        result = database.read(lambda c: prove(c, archive=archive, anchor=anchor))
        missing = _missing(result, manifest, anchor)
        opened = AuditRestored(
            epoch=secrets.token_hex(4),
            from_epoch=manifest.epoch,
            from_seq=manifest.seq,
            backup_made=manifest.made,
            abandoned=_abandoned(result, manifest, anchor),
        )
        voided = once(database, lambda: now, lambda tx: _first_things(tx, opened))
    finally:
        database.close()
    return Restored(manifest=manifest, epoch=opened.epoch, voided=voided, missing=missing)


def _missing(result: AuditResult, manifest: Manifest, anchor: Anchored) -> tuple[str, ...]:
    """What a proof finds cut off is only missing; anything else is no backup of this log."""
    is_ours = any(head.epoch == manifest.epoch for head in anchor.heads)
    for problem in result.problems:
        if problem.code != "cut" and not (problem.code == "other" and is_ours):
            raise BackupInvalid(f"The backup's log does not hold: {problem.message}")
    if result.head != manifest.cursor:
        raise BackupInvalid(f"The backup's log ends at {result.head}, not at {manifest.cursor}.")
    return tuple(problem.message for problem in result.problems[-1:])


def _abandoned(result: AuditResult, manifest: Manifest, anchor: Anchored) -> tuple[str, ...]:
    """Later epochs of this desk: it had been restored before, and goes on from further back."""
    if all(problem.code != "other" for problem in result.problems):
        return ()
    return tuple(sorted({head.epoch for head in anchor.heads} - {manifest.epoch}))


def _first_things(tx: Tx, opened: AuditRestored) -> int:
    tx.begin_epoch(opened.epoch)
    tx.record(opened)
    access.end_every_session(tx.connection)
    idempotency.forget_all(tx.connection)
    return sum(_shut(tx, brief_id) for brief_id in briefs.every_id(tx.connection))


def _shut(tx: Tx, brief_id: str) -> int:
    """Void what was signed off on a brief; how many sign-offs that were."""
    found = standing.kept(tx, brief_id)
    review, voided = transitions.void_all(found.review, WHY)
    if voided:
        row = standing.save(tx, replace(found, review=review), by_person=False)
        standing.announce_voided(tx, row, voided, WHY)
    return len(voided)
