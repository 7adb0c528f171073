"""A brief as one role needs it: the same statements, chosen, ordered and framed. Pure.

- **ceo** decides and speaks: the summary's lead, the two first recommendations and the gravest
  risk as a decision; talking points are the story itself.
- **coo** keeps things running: leads with the gravest risk; every risk becomes a check, then the
  recommendations; talking points are risks first, then the story.
- **director** does the work: every recommendation and opportunity; talking points name publisher
  and confidence, so that each can be checked.
"""

from collections.abc import Callable, Iterable
from typing import Final

from engine.briefing.sayings import lowest, publishers, sentence
from engine.model import Content, Lens, LensName, Statement

ACTIONS: Final = 5
TALKING_POINTS: Final = 5

Points = tuple[str, tuple[str, ...], tuple[str, ...]]
"""Headline, actions, talking points."""


def lens(brief_id: str, content: Content, digest: str, released: bool, name: LensName) -> Lens:
    """The brief through one role's eyes. Says nothing that ``content`` does not."""
    headline, actions, talking_points = _LENSES[name](content)
    return Lens(
        brief_id=brief_id,
        lens=name,
        title=content.title,
        headline=headline,
        actions=actions[:ACTIONS],
        talking_points=talking_points[:TALKING_POINTS],
        digest=digest,
        released=released,
    )


def _ceo(content: Content) -> Points:
    decisions = [f"Decide how to meet this risk: {each}" for each in _said(content.risks[:1])]
    actions = (*_said(content.recommendations[:2]), *decisions)
    chances = [f"Worth saying: {each}" for each in _said(content.opportunities[:1])]
    return _lead(content.summary), actions, _different(*_said(content.summary[:3]), *chances)


def _coo(content: Content) -> Points:
    checks = [f"Check whether this touches operations: {each}" for each in _said(content.risks)]
    actions = (*checks, *_said(content.recommendations))
    points = _different(*_said(content.risks), *_said(content.summary))
    return _lead(content.risks or content.summary), actions, points


def _director(content: Content) -> Points:
    chances = [f"Look into this opening: {each}" for each in _said(content.opportunities)]
    actions = (*_said(content.recommendations[:4]), *chances[:1])
    headline = f"{content.quadrant}, {content.priority} priority: {_lead(content.summary)}"
    return headline, actions, tuple(_sourced(each, content) for each in content.summary)


_LENSES: Final[dict[LensName, Callable[[Content], Points]]] = {
    "ceo": _ceo,
    "coo": _coo,
    "director": _director,
}


def _lead(statements: tuple[Statement, ...]) -> str:
    return sentence(statements[0].text) if statements else ""


def _said(statements: Iterable[Statement]) -> tuple[str, ...]:
    return tuple(sentence(each.text) for each in statements)


def _different(*points: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(points))


def _sourced(statement: Statement, content: Content) -> str:
    names = publishers(statement, content)
    if not names:
        return sentence(statement.text)
    sure = round(100 * lowest(statement, content))
    return f"{sentence(statement.text)} ({', '.join(names)}; confidence {sure} %)"
