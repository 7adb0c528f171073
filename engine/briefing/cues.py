"""The words that make a sentence a risk or an opportunity, and how much each weighs. Pure.

The whole lexicon stands here. A cue is a word stem; a negation shortly before it ("no injuries")
silences it. A sentence that carries no cue is never called either: the lists may stay empty.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_STRONG, _CLEAR, _WEAK = 1.0, 0.7, 0.4

_GRAVE_RISKS: Final = """
killed dead death injur casualt outbreak contaminat explosion explod collaps spill ransomware
breach sabotag evacuat toxic poison infect stolen theft bankrupt insolven recall fatal"""
_CLEAR_RISKS: Final = """
threat attack lawsuit sued fine fined penalt investigat fraud shortage strike layoff shut closure
suspend halt disrupt outage delay ban banned breakdown violat crisis emergenc flood storm fire
accident damage loss losses sanction default challenge appeal"""
_POSSIBLE_RISKS: Final = """
warn caution risk concern fear doubt critic oppos protest dispute tension uncertain fall fell drop
decline cut cuts weak slow pressure fail unsafe object blocked scrutin burden"""
_STRONG_CHANCES: Final = "subsid funding breakthrough record-high exempt partnership"
_CLEAR_CHANCES: Final = """
expan launch agree approv award win won contract recover reopen relief incentive grant pilot
upgrade hire hiring tender"""
_POSSIBLE_CHANCES: Final = """
growth grow gain investment saving rise rose improv benefit opportunit welcome demand offer strong
new jobs plan progress lower open ease easing support invit consultation"""


def _lexicon(strong: str, clear: str, weak: str) -> Mapping[str, float]:
    weighed = ((strong, _STRONG), (clear, _CLEAR), (weak, _WEAK))
    return MappingProxyType({cue: weight for cues, weight in weighed for cue in cues.split()})


RISKS: Final = _lexicon(_GRAVE_RISKS, _CLEAR_RISKS, _POSSIBLE_RISKS)
OPPORTUNITIES: Final = _lexicon(_STRONG_CHANCES, _CLEAR_CHANCES, _POSSIBLE_CHANCES)

_WORD: Final = re.compile(r"[a-z][a-z'’-]*")
_NEGATIONS: Final = frozenset(("no", "not", "without", "never", "avoid", "avoided", "nobody"))
_NEGATION_REACH: Final = 3
_SUFFIX: Final = re.compile(
    r"(?:e?s|e?d|ing|ions?|ors?|ers?|ies|y|ment|als?|ated?|ating|en(?:s|ed|ing)?)?$"
)
_LONGEST_SUFFIX: Final = 7


def risk(sentence: str) -> float:
    """0 without a cue, towards 1 with strong or several ones."""
    return _weight(sentence, RISKS)


def opportunity(sentence: str) -> float:
    """0 without a cue, towards 1 with strong or several ones."""
    return _weight(sentence, OPPORTUNITIES)


def _weight(sentence: str, lexicon: Mapping[str, float]) -> float:
    """Cues add up like independent doubts: 1 − Π(1 − weight / 2)."""
    words = _WORD.findall(sentence.lower())
    rest = 1.0
    for cue, at in _cues(words, lexicon).items():
        if _NEGATIONS.isdisjoint(words[max(0, at - _NEGATION_REACH) : at]):
            rest *= 1 - lexicon[cue] / 2
    return round(1 - rest, 4)


def _cues(words: list[str], lexicon: Mapping[str, float]) -> dict[str, int]:
    """Each cue that occurs and where first; the same cue twice counts once."""
    found: dict[str, int] = {}
    for at, word in enumerate(words):
        for length in range(max(3, len(word) - _LONGEST_SUFFIX), len(word) + 1):
            cue = word[:length]
            if cue in lexicon and _SUFFIX.fullmatch(word[length:]):
                found.setdefault(cue, at)
    return found
