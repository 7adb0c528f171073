"""Issues: what the edition holds, and people's corrections."""

import msgspec
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.analysis.readings import IssueReading
from engine.desk import standing, whereabouts
from engine.desk.context import Context
from engine.desk.permit import permit, permitted
from engine.desk.placing import Placing, advance, as_issue
from engine.desk.scribe import Scribe
from engine.errors import Invalid, NotFound
from engine.events.event import Facets
from engine.events.issue import IssueCorrected
from engine.model import (
    PRIORITIES,
    Edition,
    Issue,
    LensName,
    Principal,
    Priority,
    Record,
)
from engine.store import desk, issues
from engine.store.writer import Tx

ROLE_FLOOR: dict[LensName, Priority] = {"ceo": "high", "coo": "medium", "director": "low"}
"""The lowest priority each role wants to see: the higher the desk, the shorter the list."""


class IssuePage(Record, frozen=True, kw_only=True):
    """Issues of the edition, highest score first; ``total`` counts those on every page."""

    edition: Edition | None
    at: str
    total: int
    issues: tuple[Issue, ...]


class IssueDesk:
    def __init__(
        self, context: Context, placing: Placing, scribe: Scribe, quadrants: tuple[str, ...]
    ) -> None:
        self._context = context
        self._placing = placing
        self._scribe = scribe
        self.quadrants = quadrants

    async def today(
        self,
        role: LensName | None = None,
        quadrant: str | None = None,
        min_score: float = 0.0,
        limit: int = 100,
        offset: int = 0,
    ) -> IssuePage:
        """Raises Invalid for a quadrant the taxonomy does not have."""
        encoded = await self.today_encoded(role, quadrant, min_score, limit, offset)
        return msgspec.json.decode(encoded, type=IssuePage)

    async def today_encoded(
        self,
        role: LensName | None = None,
        quadrant: str | None = None,
        min_score: float = 0.0,
        limit: int = 100,
        offset: int = 0,
    ) -> msgspec.Raw:
        """As ``today``, in JSON: put together from what is stored, so that it is quickly there."""
        if quadrant is not None:
            self._check(quadrant)

        def query(connection: Connection) -> msgspec.Raw:
            return page(connection, role, quadrant, min_score, limit, offset)

        return await self._context.read(query)

    async def correct(self, by: Principal, issue_id: str, quadrant: str) -> Issue:
        """A person's correction: it stays with the issue and teaches the classifier."""
        self._check(quadrant)

        def look(connection: Connection) -> None:
            permitted(connection, by, "correct", self._context.clock())
            whereabouts.issue(connection, issue_id)

        async def step() -> Issue:
            await self._context.read(look)
            position, reading = await self._taught(issue_id, quadrant)
            after = await self._context.write(
                lambda tx: correct(tx, by, issue_id, quadrant, reading, position)
            )
            if position is not None:
                self._placing.keep(position)
            return after

        issue = await self._placing.alone(step)
        self._scribe.look_at(issue_id)
        return issue

    async def _taught(self, issue_id: str, quadrant: str) -> tuple[int | None, IssueReading | None]:
        try:
            return await self._placing.correct(issue_id, quadrant)
        except NotFound:  # gone quiet: the worker does not follow it any more, the desk still can
            return None, None

    def _check(self, quadrant: str) -> None:
        if quadrant not in self.quadrants:
            known = ", ".join(self.quadrants)
            raise Invalid(f"There is no quadrant {quadrant!r}: known are {known}.")


class _Page(Record, frozen=True, kw_only=True):
    """An IssuePage whose issues are JSON already."""

    edition: Edition | None
    at: str
    total: int
    issues: msgspec.Raw


def page(
    connection: Connection,
    role: LensName | None,
    quadrant: str | None,
    min_score: float,
    limit: int,
    offset: int,
) -> msgspec.Raw:
    """An IssuePage in JSON."""
    edition = desk.edition(connection)
    floor: Priority = ROLE_FLOOR[role] if role else "low"
    listed = issues.listing(
        connection,
        edition.id if edition else "",
        quadrant=quadrant,
        min_score=min_score,
        priorities=PRIORITIES[PRIORITIES.index(floor) :],
        limit=limit,
        offset=offset,
    )
    made = _Page(
        edition=edition, at=listed.at, total=listed.total, issues=msgspec.Raw(listed.issues)
    )
    return msgspec.Raw(msgspec.json.encode(made))


def correct(
    tx: Tx,
    by: Principal,
    issue_id: str,
    quadrant: str,
    reading: IssueReading | None,
    position: int | None,
) -> Issue:
    """Commit a correction, with what the worker made of it. Raises NotAllowed, Overtaken."""
    permit(tx, by, "correct")
    if position is not None:
        advance(tx, position)
    before = issues.by_ids(tx.connection, [issue_id])[issue_id]
    read = before if reading is None else as_issue(reading, before.edition, before)
    after: Issue = replace(
        read, quadrant=quadrant, confidence=1.0, needs_review=False, corrected_by=by.name
    )
    issues.put(tx.connection, [after])
    issues.add_correction(tx.connection, issue_id, quadrant, by.name, tx.now)
    standing.contributed(tx, issue_id, by)
    was = Facets(quadrant=before.quadrant, score=before.score)
    tx.record(IssueCorrected(issue=after, was=was, by=by.name))
    return after
