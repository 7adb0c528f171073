"""Copy made from a brief for one audience: a post, a paragraph for an e-mail, a press excerpt.

Pure. The facts are sentences of the brief as they stand, or left out; what is worded here frames
them and asserts nothing. An audience decides which parts of the brief come first and how it is
addressed, in one table.
"""

from collections.abc import Iterator
from typing import Final, Literal

from engine.briefing.sayings import listed, publishers, sentence
from engine.model import Assets, Audience, Content, Record, Statement

POST_LIMIT: Final = 1_300
POST_POINTS: Final = 3
EMAIL_WORDS: Final = (120, 180)
PRESS_QUOTES: Final = 2

Part = Literal["summary", "risks", "opportunities", "recommendations"]


class Framing(Record, frozen=True, kw_only=True):
    """How an audience is spoken to. ``order`` is what it hears first."""

    opening: str
    closing: str
    hook: str
    order: tuple[Part, ...]


FRAMINGS: Final[dict[Audience, Framing]] = {
    "CEO": Framing(
        opening="For your decision.",
        closing="The evidence for each sentence is in the brief.",
        hook="What leaders should know today:",
        order=("summary", "risks", "recommendations", "opportunities"),
    ),
    "COO": Framing(
        opening="For operations.",
        closing="Please check what of this touches running services.",
        hook="What it means for running things:",
        order=("risks", "summary", "recommendations", "opportunities"),
    ),
    "Director": Framing(
        opening="For your area, with what is proposed.",
        closing="Please say which of the proposals you take on.",
        hook="The facts, and what to do with them:",
        order=("summary", "recommendations", "opportunities", "risks"),
    ),
    "Board": Framing(
        opening="For the Board's information.",
        closing="The brief names the evidence for each sentence.",
        hook="A development we are following:",
        order=("summary", "risks", "opportunities", "recommendations"),
    ),
    "Members": Framing(
        opening="Dear members, this is what we are following for you.",
        closing="We will keep you informed.",
        hook="Following this for our members:",
        order=("summary", "opportunities", "risks"),
    ),
}
# Recommendations are advice inside the house: never in what may be published.
_PUBLIC: Final[tuple[Part, ...]] = ("summary", "opportunities", "risks")


def assets(content: Content, audience: Audience) -> Assets:
    """The three texts for ``audience``."""
    framing = FRAMINGS[audience]
    return Assets(
        linkedin=_post(content, framing),
        email_paragraph=_email(content, framing),
        press_excerpt=_press(content),
    )


def _post(content: Content, framing: Framing) -> str:
    """Title, hook, two or three points, sources; whole points only, at most POST_LIMIT."""
    points = list(_sentences(content, [part for part in framing.order if part in _PUBLIC]))
    names = _all_publishers(content)
    source = f"\n\nSource: {listed(names)}" if names else ""
    post = f"{content.title[:300]}\n\n{framing.hook}\n"
    for point in points[:POST_POINTS]:
        if len(post) + len(point) + len(source) + 3 <= POST_LIMIT:
            post += f"\n• {point}"
    return post + source


def _email(content: Content, framing: Framing) -> str:
    """One paragraph of 120 to 180 words, or shorter where the brief has no more to say."""
    least, most = EMAIL_WORDS
    title = sentence(content.title)
    said = [framing.opening, title]
    room = most - _words(framing.closing) - _words(*said)
    for text in _sentences(content, framing.order):
        if text != title and _words(text) <= room:
            said.append(text)
            room -= _words(text)
        if most - room >= least:
            break
    return " ".join([*said, framing.closing])


def _press(content: Content) -> str:
    """Sober: what is reported, and by whom."""
    reported = [
        f"{listed(names)} {'report' if len(names) > 1 else 'reports'}: “{each.text.strip()}”"
        for each in content.summary[:PRESS_QUOTES]
        if (names := publishers(each, content))
    ]
    return " ".join([sentence(content.title), *reported])


def _sentences(content: Content, parts: tuple[Part, ...] | list[Part]) -> Iterator[str]:
    """The statements of these parts, each once."""
    said: set[str] = set()
    for part in parts:
        statements: tuple[Statement, ...] = getattr(content, part)
        for each in statements:
            text = sentence(each.text)
            if text not in said:
                said.add(text)
                yield text


def _all_publishers(content: Content) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.publisher for each in content.evidence if each.publisher))


def _words(*texts: str) -> int:
    return sum(len(text.split()) for text in texts)
