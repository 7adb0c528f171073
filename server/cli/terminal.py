"""What is printed, and that nothing from a feed can steer the terminal."""

import sys

from rich.console import Console
from rich.text import Text


def out() -> Console:
    """Where results go."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """Where progress goes: results can be piped while it is shown."""
    return Console(stderr=True, highlight=False)


def complain(sentence: str) -> None:
    """One sentence on stderr."""
    print(plain(sentence).strip(), file=sys.stderr)


def plain(text: str) -> str:
    """The text on one line, without control or escape characters."""
    return "".join(char if char.isprintable() else " " for char in text)


def styled(text: str, style: str = "") -> Text:
    """Text from outside for rich: its brackets are no markup, its control characters are gone."""
    return Text(plain(text), style=style)
