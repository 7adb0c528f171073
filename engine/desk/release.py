"""The package leaves: evaluate the gate, build, store and announce in one transaction."""

import asyncio
import secrets

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk import editions, standing, whereabouts
from engine.desk.context import Context
from engine.desk.permit import permit
from engine.desk.standing import Standing
from engine.errors import CitesWithdrawn, Declined, GateShut, Interrupted, NotFound, WireroomError
from engine.events.export import ExportCreated, ExportRefused
from engine.events.recorded import Recorded
from engine.export.bundle import Package, Released, build
from engine.export.verify import Verdict, verify
from engine.model import SYSTEM, AuditRow, BriefRow, ExportRow, Principal, Refusal
from engine.review import rules
from engine.store import briefs, desk, exports, issues, items
from engine.store import log as log_rows
from engine.store.writer import Tx

AUDIT_ROWS = 1_000
"""Events of one brief that its package carries at most: the newest."""

Outcome = tuple[ExportRow, bytes] | WireroomError


class ExportDesk:
    def __init__(self, context: Context) -> None:
        self._context = context

    async def create(self, by: Principal, brief_id: str) -> tuple[ExportRow, bytes]:
        """Make the package. Raises Interrupted, GateShut (with the missing roles), Declined or
        CitesWithdrawn; a refusal is recorded. Exporting the same revision again gives the same
        bytes."""

        def command(tx: Tx) -> Outcome:
            permit(tx, by, "review")
            return export(tx, by, standing.load(tx, brief_id))

        return done(await self._context.write(command))

    async def latest(self, brief_id: str) -> tuple[ExportRow, bytes]:
        """The newest package of a brief, for another download. Raises NotFound.

        What left before its issue was merged away is still there; else that raises Merged.
        """

        def query(connection: Connection) -> tuple[ExportRow, bytes]:
            found = exports.latest(connection, brief_id)
            if found is None:
                whereabouts.issue(connection, brief_id)
                raise NotFound(f"No package of {brief_id!r} has left yet.")
            return found

        return kept(*await self._context.read(query))

    async def verified(self, brief_id: str) -> Verdict:
        """The newest package of a brief as kept, held against all it says. Raises NotFound."""
        _, package = await self.latest(brief_id)
        return await asyncio.to_thread(verify, package)

    async def today(self) -> tuple[ExportRow, ...]:
        """The current edition's exports, oldest first."""

        def query(connection: Connection) -> tuple[ExportRow, ...]:
            edition = desk.edition(connection)
            return exports.of_edition(connection, edition.id if edition else "")

        return await self._context.read(query)


def kept(row: ExportRow, package: bytes) -> tuple[ExportRow, bytes]:
    """Raises NotFound for a package whose bytes were trimmed."""
    if not package:
        raise NotFound(f"The package {row.filename} of {row.at:%Y-%m-%d} is no longer kept.")
    return row, package


def gate_opened(tx: Tx, found: Standing, row: BriefRow) -> BriefRow:
    """Record that the gate has opened, if it just has; with autopublish the package leaves."""
    if not standing.announce_gate(tx, found, row):
        return row
    return _autopublished(tx, row)


def resumed(tx: Tx) -> None:
    """What autopublish would have let out while all was held leaves now."""
    edition = editions.current(tx)
    for row in briefs.rows(tx.connection, edition.id):
        if row.gate_open and row.exported is None:
            _autopublished(tx, row)


def _autopublished(tx: Tx, row: BriefRow) -> BriefRow:
    if not desk.config(tx.connection).autopublish or desk.interrupt(tx.connection).active:
        return row
    export(tx, SYSTEM, standing.load(tx, row.id))
    return standing.save(tx, standing.load(tx, row.id))


def export(tx: Tx, by: Principal, found: Standing) -> Outcome:
    """The package, or the recorded refusal."""
    refused = _refusal(tx, found)
    if refused is not None:
        refusal = Refusal(brief_id=found.revision.brief_id, code=refused.code, message=str(refused))
        tx.record(ExportRefused(refusal=refusal, by=by.name))
        return refused
    brief_id = found.revision.brief_id
    before = exports.of_revision(tx.connection, brief_id, found.revision.number)
    if before is not None:
        return kept(before, exports.package(tx.connection, before.id))
    package = build(_released(tx, found))
    return _store(tx, by, found, package), package.data


def _refusal(tx: Tx, found: Standing) -> WireroomError | None:
    interrupt = desk.interrupt(tx.connection)
    if interrupt.active:
        return Interrupted(f"{interrupt.by} is holding all: nothing leaves until they resume.")
    gate = rules.gate(found.review, tx.now)
    if gate.open:
        return None
    first = gate.refusals[0]
    if first.code == "declined":
        return Declined(first.message)
    if first.code == "cites_withdrawn":
        return CitesWithdrawn(first.message, items=tuple(sorted(found.review.withdrawn)))
    return GateShut(first.message, missing=gate.missing_roles)


def _released(tx: Tx, found: Standing) -> Released:
    revision = found.revision
    cited = [evidence.item_id for evidence in revision.content.evidence]
    issue = issues.get(tx.connection, revision.brief_id)
    lines = log_rows.of_brief(tx.connection, revision.brief_id, AUDIT_ROWS)
    return Released(
        revision=revision,
        signoffs=rules.valid_signoffs(found.review, tx.now),
        items=tuple(items.by_ids(tx.connection, cited).values()),
        contributors=found.review.contributors,
        later_items=max(0, issue.item_count - revision.items) if issue else 0,
        audit=tuple(audit_row(line) for line in lines),
        timezone=desk.config(tx.connection).timezone,
    )


def _store(tx: Tx, by: Principal, found: Standing, package: Package) -> ExportRow:
    revision = found.revision
    export_row = ExportRow(
        id=f"exp-{secrets.token_hex(6)}",
        brief_id=revision.brief_id,
        revision=revision.number,
        digest=revision.digest,
        filename=package.filename,
        size=len(package.data),
        sha256=package.sha256,
        at=tx.now,
        by=by.name,
        edition=editions.current(tx).id,
        single_signed=package.manifest.single_signed,
    )
    exports.add(tx.connection, export_row, package.data)
    left = replace(found, exported=export_row.id)
    tx.record(ExportCreated(brief=standing.save(tx, left), export=export_row))
    return export_row


def done(outcome: Outcome) -> tuple[ExportRow, bytes]:
    """The package. The writer has raised an error that was returned; this only says so to mypy."""
    if isinstance(outcome, WireroomError):
        raise outcome
    return outcome


def audit_row(line: Recorded) -> AuditRow:
    """A line of the log as auditors read it."""
    return AuditRow(
        cursor=line.cursor,
        type=line.type,
        subject=line.subject,
        time=line.time,
        hash=line.hash.hex(),
        data=msgspec.json.decode(line.data, type=dict[str, object]),
    )
