"""Recommendations by rule: what to do about a story, and which sentence calls for it. Pure.

A rule fires on the most telling sentence its pattern is found in and takes that sentence's own
words (a date, an event, a figure) into its wording. The table is the whole of it.
"""

import re
from typing import Final

import numpy as np

from engine.briefing.candidates import Material
from engine.briefing.evidence import Ledger
from engine.model import Issue, Record, Statement

MOST: Final = 5

_MONTHS: Final = (
    "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_DAYS: Final = "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_DATE: Final = (
    rf"(?:\d{{1,2}} {_MONTHS}(?: \d{{4}})?|{_MONTHS} \d{{1,2}}(?:, \d{{4}})?|{_DAYS}"
    rf"|the end of (?:{_MONTHS}|the (?:week|month|year))|next (?:week|month|{_DAYS}))"
)


class Rule(Record, frozen=True, kw_only=True):
    """Fires for a quadrant ('' is any). ``wording`` may name the ``found`` group of ``pattern``.

    An empty pattern always fires and rests on the most telling sentence.
    """

    quadrant: str
    pattern: str
    wording: str


RULES: Final = (
    Rule(
        quadrant="",
        pattern=rf"(?:by|until|before|due(?: on)?|deadline(?: of| is)?|set for|opens? on|"
        rf"(?:vote|decide|hearing|meet|starts?|begins?|takes? effect)\b[^.]{{0,30}}? on)"
        rf" (?P<found>{_DATE})",
        wording="Put {found} in the calendar and name an owner: the coverage gives it as a date.",
    ),
    Rule(
        quadrant="Policy",
        pattern=r"(?P<found>consultation|hearing|inquiry|amendments?|(?:written|public) comments?)",
        wording="Prepare a written position for the {found} and say who submits it.",
    ),
    Rule(
        quadrant="Policy",
        pattern=r"(?P<found>vote|ballot|plenary|ruling|licen[cs]e|regulation|levy|bill|act|law)",
        wording="Map who decides on the {found} and who speaks to them for us.",
    ),
    Rule(
        quadrant="Industry",
        pattern=r"(?P<found>merger|takeover|acquisition|offer|bid|joint venture|contract|stake)",
        wording="Ask strategy what the {found} changes for our partners and competitors.",
    ),
    Rule(
        quadrant="Industry",
        pattern=r"(?P<found>\d[\d.,]* ?(?:percent|per cent|%|million|billion|jobs)[^\s.,;]*)",
        wording="Set our own figures beside the one reported ({found}).",
    ),
    Rule(
        quadrant="Advocacy",
        pattern=r"(?P<found>strike|walkout|march|protest|rally|boycott|petition|campaign|vigil)",
        wording="Agree one spokesperson and one line on the {found} before it grows.",
    ),
    Rule(
        quadrant="Advocacy",
        pattern=r"(?P<found>demand|calls? (?:for|on)|called (?:for|on)|urge|insist|asks? the)",
        wording="Decide whether to answer the demand, and who meets those who make it.",
    ),
    Rule(
        quadrant="Risk",
        pattern=r"(?P<found>injur|killed|dead|evacuat|contaminat|outbreak|fire|explo|flood|spill)",
        wording="Confirm that our people and sites are safe, and note when that was checked.",
    ),
    Rule(
        quadrant="Risk",
        pattern=r"(?P<found>ransomware|breach|hack|malware|phishing|cyber|maintenance account)",
        wording="Ask IT security to look for the same weakness and to report in writing.",
    ),
    Rule(
        quadrant="Risk",
        pattern=r"(?P<found>shut|clos|suspend|halt|recall|outage|disrupt|delay)",
        wording="Have operations list what depends on this, with a fallback for each.",
    ),
    Rule(
        quadrant="Policy",
        pattern="",
        wording="Have the policy team set out what the measure would change for us.",
    ),
    Rule(
        quadrant="Industry",
        pattern="",
        wording="Have the business side say whether customers, suppliers or prices are touched.",
    ),
    Rule(
        quadrant="Advocacy",
        pattern="",
        wording="List the groups involved and what we have told each of them so far.",
    ),
    Rule(
        quadrant="Risk",
        pattern="",
        wording="Prepare a holding statement and say who may release it.",
    ),
)
_OTHER: Final = "Name one person who follows this story and reports on it in the next edition."
_URGENT: Final = "Take this to the leadership today: the desk rates it {priority}."
_ALONE: Final = (
    "Confirm it with a second source before quoting it: so far only {publisher} reports it."
)


def recommend(issue: Issue, material: Material, ledger: Ledger) -> tuple[Statement, ...]:
    """At most MOST recommendations, the urgent and the dated first; never none."""
    made: list[Statement] = []
    order = [int(at) for at in np.argsort(-material.scores, kind="stable")]
    if issue.priority in ("high", "critical"):
        made.append(_stated(_URGENT.format(priority=issue.priority), order[:1], ledger))
    for rule in RULES:
        if rule.quadrant in ("", issue.quadrant):
            made += _fired(rule, order, material, ledger)
    if all(rule.quadrant != issue.quadrant for rule in RULES):
        made.append(_stated(_OTHER, order[:1], ledger))
    return (*made[: MOST - 1], *(_alone(order, material, ledger) or made[MOST - 1 : MOST]))


def _fired(rule: Rule, order: list[int], material: Material, ledger: Ledger) -> list[Statement]:
    if not rule.pattern:
        return [_stated(rule.wording, order[:1], ledger)]
    pattern = re.compile(rf"\b{rule.pattern}", re.IGNORECASE)
    for at in order:
        match = pattern.search(material.candidates[at].text)
        if match:
            return [_stated(rule.wording.format(found=match["found"]), [at], ledger)]
    return []


def _alone(order: list[int], material: Material, ledger: Ledger) -> list[Statement]:
    publishers = {each.item.publisher for each in material.candidates}
    if len(publishers) != 1:
        return []
    return [_stated(_ALONE.format(publisher=publishers.pop()), order[:1], ledger)]


def _stated(text: str, places: list[int], ledger: Ledger) -> Statement:
    return Statement(text=text, evidence=ledger.cite(places))
