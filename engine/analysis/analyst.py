"""The analysis room's public face: batches of items in, places and readings out. Pure.

State depends only on the sequence of placed items (and, for quadrants, of corrections), so that a
replay from the store goes on exactly as the uninterrupted run would have.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from engine.analysis.classify import Classifier, Verdict
from engine.analysis.cluster import Clusterer, ClusterRules, Evidence
from engine.analysis.dossier import SAMPLES, Dossier, Sample, told_at
from engine.analysis.embed import DIMENSIONS, Embedder, load_vocabulary, normalised
from engine.analysis.headline import choose_title, issue_id, keywords
from engine.analysis.near_duplicates import Fingerprint, NearDuplicates
from engine.analysis.readings import AnalysedItem, Analysis, Assignment, IssueReading, Placed
from engine.analysis.score import rate
from engine.analysis.taxonomy import Taxonomy, load_default
from engine.analysis.words import Background, words
from engine.errors import Invalid, NotFound

# How much of a body is read: a story says what it is about in its lead.
LEAD = 300


class _Read(Struct, frozen=True):
    """An item and everything derived from its text alone."""

    item: AnalysedItem
    plain: NDArray[np.float32]
    evidence: Evidence
    title_vector: NDArray[np.float32]
    fingerprint: Fingerprint | None


class Analyst:
    """Places items into issues and says what each issue is about. One thread, no clock."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        *,
        embedder: Embedder | None = None,
        rules: ClusterRules | None = None,
    ) -> None:
        self._embedder = embedder or Embedder.load()
        self._background = _background()
        self._classifier = Classifier(taxonomy, self._embedder)
        self._clusterer = Clusterer(self._background, rules or ClusterRules(), DIMENSIONS)
        self._copies = NearDuplicates(self._background)
        self._dossiers: dict[str, Dossier] = {}
        self._issue_of: dict[str, str] = {}
        self._readings: dict[str, IssueReading] = {}
        self._common = _common_direction(self._embedder)
        self._now: datetime | None = None

    @property
    def active_issues(self) -> int:
        """How many issues can still gain items."""
        return len(self._clusterer)

    def assign(self, items: Sequence[AnalysedItem], now: datetime) -> Analysis:
        """Place each item, in order, and read every issue that gained one, as of `now`."""
        self._now = now
        assignments = [self._assign(read) for read in self._read(items)]
        touched = dict.fromkeys(assignment.issue_id for assignment in assignments)
        return Analysis(assignments=tuple(assignments), issues=self._read_issues(touched, now))

    def replay(self, placed: Sequence[Placed]) -> None:
        """Take in items whose place the store holds, in the order they were assigned.

        Issue ids may be anyone's. Whatever issue gained an item within the clustering window must
        be replayed whole for the state to be the same as if it had been assigned.
        """
        reads = self._read([each.item for each in placed])
        for each, read in zip(placed, reads, strict=True):
            self._place(read, each.issue_id, each.duplicate_of)
            self._now = max(self._now or read.item.arrived, read.item.arrived)

    def correct(self, issue_id: str, quadrant: str) -> IssueReading:
        """A person's word: the issue keeps the quadrant, and like issues follow it.

        Raises `NotFound` if the issue is not active, `Invalid` if the taxonomy lacks the quadrant.
        """
        if quadrant not in self._classifier.names:
            raise Invalid(f"quadrant must be one of {', '.join(self._classifier.names)}")
        dossier = self._dossiers.get(issue_id)
        if dossier is None or self._now is None:
            raise NotFound(f"no active issue {issue_id}")
        dossier.corrected = quadrant
        mean = normalised(np.mean([s.vector for s in dossier.samples], axis=0)[None])[0]
        self._classifier.correct(issue_id, quadrant, mean, dossier.samples[0].words)
        return self._read_issues([issue_id], self._now)[0]

    def disband(self, issue_ids: Sequence[str]) -> None:
        """Forget these issues. Their items come back by `replay`, each where it now belongs; until
        `reread` no issue closes, however long ago its items came."""
        self._clusterer.hold()
        for each in issue_ids:
            self._classifier.forget(each)
            if each in self._dossiers:
                self._clusterer.close(each)
                self._forget(each)

    def reread(self, issue_ids: Sequence[str], now: datetime) -> tuple[IssueReading, ...]:
        """Read the issues that items came back to, as of `now`."""
        self._clusterer.settle()
        self._now = now
        return self._read_issues(issue_ids, now)

    def rescore(self, now: datetime) -> tuple[IssueReading, ...]:
        """The active issues whose priority time has changed since they were last read."""
        self._now = now
        aged = (
            (reading, rate(self._dossiers[each].facts(reading.relevance, reading.confidence), now))
            for each, reading in self._readings.items()
        )
        changed = [r.id for r, score in aged if score.priority != r.priority]
        return self._read_issues(changed, now)

    # -- placing ---------------------------------------------------------------------------------

    def _read(self, items: Sequence[AnalysedItem]) -> list[_Read]:
        texts = [f"{item.title}. {item.text[:LEAD]}" if item.text else item.title for item in items]
        plain = self._embedder.embed(texts)
        titles = self._embedder.embed([item.title for item in items])
        # What has no vector must not get one by the subtraction.
        centred = normalised(plain - self._common * plain.any(axis=1, keepdims=True))
        return [
            _Read(
                item,
                plain[row],
                Evidence(centred[row], words(texts[row]), told_at(item)),
                titles[row],
                self._copies.fingerprint(item.title, item.text),
            )
            for row, item in enumerate(items)
        ]

    def _assign(self, read: _Read) -> Assignment:
        original = self._copies.find(read.fingerprint) if read.fingerprint else None
        if original is not None:
            place: str | None = self._issue_of[original]
        else:
            place = self._clusterer.choose(read.evidence)
        chosen = place or issue_id(read.item.id, read.item.title)
        self._place(read, chosen, original)
        return Assignment(
            item_id=read.item.id,
            issue_id=chosen,
            duplicate_of=original,
            is_new_issue=place is None,
        )

    def _place(self, read: _Read, chosen: str, original: str | None) -> None:
        item = read.item
        dossier = self._dossiers.setdefault(chosen, Dossier(chosen))
        dossier.count(item, read.evidence.words, duplicate=original is not None)
        if original is None or chosen not in self._clusterer:
            self._keep(read, dossier)
            closed = self._clusterer.add(chosen, read.evidence, item.arrived)
        else:
            closed = self._clusterer.touch(chosen, read.evidence.when, item.arrived)
        for each in closed:
            self._forget(each)

    def _keep(self, read: _Read, dossier: Dossier) -> None:
        if len(dossier.samples) < SAMPLES:
            dossier.samples.append(
                Sample(read.item.title, read.plain, read.title_vector, read.evidence.words)
            )
        if read.fingerprint is not None and read.item.id not in self._issue_of:
            self._copies.add(read.item.id, read.fingerprint)
            self._issue_of[read.item.id] = dossier.id
            dossier.originals.append(read.item.id)

    def _forget(self, closed: str) -> None:
        for item_id in self._dossiers.pop(closed).originals:
            self._copies.forget(item_id)
            del self._issue_of[item_id]
        self._readings.pop(closed, None)

    # -- reading ---------------------------------------------------------------------------------

    def _read_issues(self, ids: Iterable[str], now: datetime) -> tuple[IssueReading, ...]:
        # A batch that overflows the active issues can close one it has just touched.
        dossiers = [self._dossiers[each] for each in ids if each in self._dossiers]
        verdicts = self._classify(dossiers)
        readings = tuple(
            self._reading(dossier, verdict, now)
            for dossier, verdict in zip(dossiers, verdicts, strict=True)
        )
        self._readings.update((reading.id, reading) for reading in readings)
        return readings

    def _classify(self, dossiers: Sequence[Dossier]) -> list[Verdict]:
        samples = [sample for dossier in dossiers for sample in dossier.samples]
        if not samples:
            return []
        vectors = np.stack([sample.vector for sample in samples])
        scores = self._classifier.scores(vectors, [sample.words for sample in samples])
        ends = np.cumsum([len(dossier.samples) for dossier in dossiers])[:-1]
        means = [part.mean(axis=0) for part in np.split(scores, ends)]
        return [
            corrected(self._classifier.verdict(mean), dossier.corrected)
            for mean, dossier in zip(means, dossiers, strict=True)
        ]

    def _reading(self, dossier: Dossier, verdict: Verdict, now: datetime) -> IssueReading:
        score = rate(dossier.facts(verdict.relevance, verdict.confidence), now)
        titles = [sample.title for sample in dossier.samples]
        vectors = np.stack([sample.title_vector for sample in dossier.samples])
        evidence = self._clusterer.evidence_of(dossier.id)
        return IssueReading(
            id=dossier.id,
            title=choose_title(titles, vectors),
            quadrant=verdict.quadrant,
            confidence=verdict.confidence,
            relevance=verdict.relevance,
            needs_review=verdict.needs_review,
            score=score.value,
            priority=score.priority,
            reasons=score.reasons,
            keywords=keywords(evidence, titles, self._background),
            item_count=dossier.items,
            source_count=len(dossier.publishers),
            duplicate_count=dossier.duplicates,
            first_seen=dossier.first_seen or now,
            last_seen=dossier.times[-1],
        )


def corrected(verdict: Verdict, quadrant: str | None) -> Verdict:
    """The verdict, unless a person has spoken."""
    if quadrant is None:
        return verdict
    return Verdict(quadrant, 1.0, verdict.relevance, needs_review=False)


@cache
def _background() -> Background:
    return Background(load_vocabulary())


@cache
def _common_direction(embedder: Embedder) -> NDArray[np.float32]:
    """What all headlines have in common. Taken away, unrelated stories are near right angles.

    Always from the packaged headlines: a desk's own taxonomy must not move its clusters.
    """
    taxonomy = load_default()
    seeds = [seed for definition in taxonomy.definitions for seed in definition.seeds]
    common: NDArray[np.float32] = embedder.embed(seeds).mean(axis=0)
    return common
