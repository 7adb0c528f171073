"""Statements as they are said elsewhere: as whole sentences, with who reported them. Pure."""

from typing import Final

from engine.model import Content, Evidence, Statement

_TERMINATORS: Final = ".!?…。！？"
_CLOSERS: Final = "\"'”’»)」』"


def sentence(text: str) -> str:
    """``text`` with a full stop where it has no end of its own (a headline)."""
    stripped = text.rstrip()
    return stripped if stripped.rstrip(_CLOSERS).endswith(tuple(_TERMINATORS)) else f"{stripped}."


def cited(statement: Statement, content: Content) -> tuple[Evidence, ...]:
    """The evidence of a statement, in its order; ids that a person left dangling are skipped."""
    known = {each.id: each for each in content.evidence}
    return tuple(known[each] for each in statement.evidence if each in known)


def publishers(statement: Statement, content: Content) -> tuple[str, ...]:
    """Who reports it, each once, the quoted one first."""
    names = (each.publisher for each in cited(statement, content))
    return tuple(dict.fromkeys(name for name in names if name))


def lowest(statement: Statement, content: Content) -> float:
    """The confidence of the sentence itself: its first evidence. 0 without any."""
    found = cited(statement, content)
    return found[0].confidence if found else 0.0


def listed(names: tuple[str, ...], most: int = 3) -> str:
    """``A``, ``A and B``, ``A, B and C``; more than ``most`` become ``and 2 others``."""
    shown = list(names[:most])
    if len(names) > most:
        others = len(names) - most
        shown.append(f"{others} other{'s' if others > 1 else ''}")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
