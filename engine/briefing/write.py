"""An issue and its items to the content of a brief: sentences its items really contain. Pure.

Nothing is paraphrased: a statement is a sentence of an item, with its offsets. Only the
recommendations are worded here, by rule, and each points at the sentence that called for it.
The same issue and items always make the same content.
"""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from msgspec.structs import replace

from engine.briefing.assets import assets
from engine.briefing.candidates import Embed, Material, Split, gather
from engine.briefing.choose import choose
from engine.briefing.cues import opportunity, risk
from engine.briefing.evidence import Ledger
from engine.briefing.recommend import recommend
from engine.model import Audience, Content, Issue, Item, Statement

LONGEST_SUMMARY: Final = 5
SHORTEST_SUMMARY: Final = 3
LONGEST_LIST: Final = 3
# Two weak cues or one clear one, in a sentence close to the story's centre.
_CUE_FLOOR: Final = 0.3
# A sentence is never both: at equal weight it is a risk.
_MARGIN: Final = 0.01
# A fourth and fifth sentence must still be about the story.
_SCORE_FLOOR: Final = 0.45


def write(
    issue: Issue, items: Sequence[Item], audiences: Sequence[Audience], embed: Embed, split: Split
) -> Content:
    """The content of a brief about ``issue``, with assets for each audience.

    Summary of 3 to 5 statements where the items have as many different ones to tell; risks and
    opportunities may be empty.
    """
    material = gather(items, embed, split)
    ledger = Ledger(material)
    summary = _summary(material, ledger) or (Statement(text=issue.title),)
    risks = _carrying(_risk, material, ledger)
    opportunities = _carrying(_opportunity, material, ledger)
    content = Content(
        title=issue.title,
        quadrant=issue.quadrant,
        priority=issue.priority,
        summary=summary,
        risks=risks,
        opportunities=opportunities,
        recommendations=recommend(issue, material, ledger),
        evidence=ledger.all(),
    )
    return replace(content, assets={each: assets(content, each) for each in audiences})


def _summary(material: Material, ledger: Ledger) -> tuple[Statement, ...]:
    """The most telling sentence first, the others as the story went."""
    chosen = choose(material, material.scores, LONGEST_SUMMARY, 0.0)
    kept = [
        at
        for rank, at in enumerate(chosen)
        if rank < SHORTEST_SUMMARY or material.scores[at] >= _SCORE_FLOOR
    ]
    # Candidates stand in the order of the items, oldest first.
    return tuple(ledger.statement(at) for at in [*kept[:1], *sorted(kept[1:])])


def _carrying(
    weigh: Callable[[str], float], material: Material, ledger: Ledger
) -> tuple[Statement, ...]:
    """Sentences that carry one kind of cue, those close to the story's centre first."""
    weights = np.asarray([weigh(each.text) for each in material.candidates], dtype=np.float32)
    relevance = weights * (0.5 + 0.5 * material.centrality)
    chosen = choose(material, relevance, LONGEST_LIST, _CUE_FLOOR / 2)
    return tuple(ledger.statement(at) for at in chosen)


def _risk(sentence: str) -> float:
    weight = risk(sentence)
    return weight if weight >= max(_CUE_FLOOR, opportunity(sentence)) else 0.0


def _opportunity(sentence: str) -> float:
    """A sentence that also warns is no opportunity: doubt weighs twice."""
    weight = opportunity(sentence)
    return weight if weight >= max(_CUE_FLOOR, 2 * risk(sentence) + _MARGIN) else 0.0
