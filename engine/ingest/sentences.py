"""Where the sentences of a tidy text begin and end. Pure.

Rules, not a model: a terminator ends a sentence unless what stands before it is an abbreviation,
an initial or a number, or what follows goes on in lower case.
"""

import re
from typing import Final

Span = tuple[int, int]

_CLOSING: Final = "\"'”’»›)\\]"
_END: Final = re.compile(
    rf"(?P<stop>[.!?…]+[{_CLOSING}]*)(?=\s|$)|(?P<wide>[。！？｡]+[」』”’）]*)|(?P<line>\n)"
)
# The last word before a full stop, with inner dots: "e.g", "U.S", "Dr".
_LAST_WORD: Final = re.compile(r"(?:^|[\s(\"'“‘\[])([^\s(\"'“‘\[]+)$")
_DOTTED: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ABBREVIATIONS: Final = """
mr mrs ms dr prof gen col maj capt lt sgt rev hon sen rep gov pres st mt ft no nos vol fig pp
vs cf eg ie approx ca dept est op al jan feb mar apr jun jul aug sep sept oct nov dec
mon tue wed thu fri sat sun"""
_NEVER_AT_END: Final = frozenset(_ABBREVIATIONS.split())
# End a sentence only when the next word opens one.
_MAYBE: Final = frozenset(
    ("inc", "ltd", "co", "corp", "plc", "bros", "jr", "sr", "etc", "llc", "dist")
)
_OPENING_WORDS: Final = """
the a an it its he his she her they their we our i you in on at by for from to but and or so
this that these those there here as after before when while if no not all some many most
more one two three however meanwhile under with last next what who how why yes"""
_OPENERS: Final = frozenset(_OPENING_WORDS.split())
_LOOK_BACK: Final = 40


def sentences(text: str) -> tuple[Span, ...]:
    """The spans of all sentences, in order; ``text[start:end]`` has no outer whitespace."""
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match["stop"] and not _ends(text, match.start(), match.end()):
            continue
        _add(spans, text, start, match.end())
        start = match.end()
    _add(spans, text, start, len(text))
    return tuple(spans)


def first_sentence(text: str) -> str:
    """The first sentence, or nothing where there is none."""
    spans = sentences(text[:2_000])
    return text[spans[0][0] : spans[0][1]] if spans else ""


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if any(character.isalnum() for character in piece):
        spans.append((start + left, start + right))


def _ends(text: str, at: int, after: int) -> bool:
    following = text[after:].lstrip() if after + 1 >= len(text) else text[after + 1 : after + 30]
    following = following.lstrip(" \"'“‘«([")
    if following[:1].islower():
        return False
    if text[at] != "." or text[at : at + 2] == "..":
        return True
    word = _LAST_WORD.search(text[max(0, at - _LOOK_BACK) : at])
    return word is None or _may_end(word[1], following)


def _may_end(word: str, following: str) -> bool:
    lower = word.lower()
    if not following or lower in ("a.m", "p.m"):
        return True
    if lower in _NEVER_AT_END:
        # "No." and "Sat." also are words: before a number or a name they are not at their end.
        return False
    if len(word) == 1 and word.isupper():
        return word == "I"
    if _DOTTED.fullmatch(word) or lower in _MAYBE:
        return re.split(r"\W", following, maxsplit=1)[0].lower() in _OPENERS
    return True
