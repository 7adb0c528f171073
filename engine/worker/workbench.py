"""What the worker does for each job, and the one piece of state it keeps: the analyst.

The rooms are imported by the first job that needs them, so that the process is up at once.
"""

from typing import TYPE_CHECKING, Any, assert_never

from engine.worker.jobs import (
    AnyJob,
    Assign,
    Assigned,
    CleanEntries,
    Correct,
    Corrected,
    Disband,
    Disbanded,
    Done,
    ParseFeed,
    ParseRows,
    Regrouped,
    Relearn,
    Replay,
    Reread,
    Reset,
    Settle,
    Stale,
    WriteBrief,
)

if TYPE_CHECKING:
    from engine.analysis.analyst import Analyst
    from engine.model import Content


class Workbench:
    """Does jobs, one after the other."""

    def __init__(self) -> None:
        self._position: int | None = None
        self._regrouping: int | None = None
        self._analyst: Analyst | None = None

    def do(self, job: AnyJob) -> Any:
        """The result of ``job``, of the type that ``RESULTS`` names."""
        match job:
            case ParseFeed() | ParseRows() | CleanEntries():
                return _parse(job)
            case Assign() | Correct():
                return self._advance(job)
            case Disband() | Reread():
                return self._regroup(job)
            case Reset() | Replay() | Relearn() | Settle():
                return self._rebuild(job)
            case WriteBrief():
                return self._write(job)
            case _:
                assert_never(job)

    def _advance(self, job: Assign | Correct) -> Assigned | Corrected | Stale:
        if self._position != job.position:
            return Stale(position=self._position)
        # Nowhere until it has worked: an error halfway must not leave a half-changed state valid.
        self._position = None
        following = job.position + 1
        answer: Assigned | Corrected
        if isinstance(job, Assign):
            analysis = self._analyst_now().assign(job.items, job.now)
            answer = Assigned(position=following, analysis=analysis)
        else:
            reading = self._analyst_now().correct(job.issue_id, job.quadrant)
            answer = Corrected(position=following, reading=reading)
        self._position = following
        return answer

    def _regroup(self, job: Disband | Reread) -> Disbanded | Regrouped | Stale:
        if isinstance(job, Disband):
            if self._position != job.position:
                return Stale(position=self._position)
            self._position = None
            self._analyst_now().disband(job.issue_ids)
            self._regrouping = job.position + 1
            return Disbanded(position=self._regrouping)
        # A process that died in between has none of it, however much was replayed since.
        if self._regrouping != job.position:
            return Stale(position=None)
        readings = self._analyst_now().reread(job.issue_ids, job.now)
        self._position, self._regrouping = job.position, None
        return Regrouped(position=job.position, readings=readings)

    def _rebuild(self, job: Reset | Replay | Relearn | Settle) -> Done:
        match job:
            case Reset():
                self._position = self._regrouping = None
                self._analyst = None
            case Replay():
                self._analyst_now().replay(job.placed)
            case Relearn():
                self._analyst_now().correct(job.issue_id, job.quadrant)
            case Settle():
                self._position = job.position
        return Done(position=self._position)

    def _write(self, job: WriteBrief) -> "Content":
        from engine.analysis.embed import Embedder
        from engine.briefing.write import write
        from engine.ingest.sentences import sentences

        return write(job.issue, job.items, job.audiences, Embedder.load().embed, sentences)

    def _analyst_now(self) -> "Analyst":
        if self._analyst is None:
            from engine.analysis.analyst import Analyst
            from engine.analysis.taxonomy import load_default

            self._analyst = Analyst(load_default())
        return self._analyst


def _parse(job: ParseFeed | ParseRows | CleanEntries) -> Any:
    if isinstance(job, CleanEntries):
        from engine.ingest.pushed import cleaned

        return cleaned(job.entries, start=job.start)
    if isinstance(job, ParseFeed):
        from engine.ingest.feeds import parse

        return parse(job.body, job.url)
    from engine.ingest.rows import parse_rows

    return parse_rows(
        job.kind,
        job.body,
        columns=job.columns,
        layout=job.layout,
        start=job.start,
        final=job.final,
    )
