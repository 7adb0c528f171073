"""HTML and raw text to clean plain text of bounded length. Pure.

A paragraph ends in one line break, all other whitespace is one space, so that a sentence never
runs over from a heading and offsets into the text stay true.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

TITLE_LIMIT: Final = 300
TEXT_LIMIT: Final = 20_000
# Markup beyond this adds nothing to 20,000 characters of text, only time.
_MARKUP_LIMIT: Final = 200_000
# The parser's time grows with the square of the depth: 0.6 s for 20,000 open elements.
_OPEN_LIMIT: Final = 3_000
# Looks for a bracket only: how the tag ends is the parser's business (and no regex backtracks).
_MARKUP: Final = re.compile(r"</?[a-zA-Z!]|&(?:[a-zA-Z]{2,8}|#\w{1,7});")
_TAG: Final = re.compile(r"<[^<>]*>")
_SILENT: Final = "script, style, template, noscript, head > title, iframe, object, svg, math"
_BLOCK_TAGS: Final = """
p div br hr li ul ol dl dt dd h1 h2 h3 h4 h5 h6 table tr blockquote pre section article header
footer aside figure figcaption form"""
_BLOCKS: Final = frozenset(_BLOCK_TAGS.split())
_INLINE_TAGS: Final = """
a abbr b big cite code em font i kbd mark q s small span strong sub sup time tt u var wbr -text"""
_INLINE: Final = frozenset(_INLINE_TAGS.split())
_BREAK: Final = "\n\n"
# Used one after the other: together they would backtrack over a long run of spaces.
_SPACES: Final = re.compile(r"[^\S\n]+")
_PARAGRAPH: Final = re.compile(r"\n\s*\n")
# Controls (but not whitespace), soft hyphen, zero-width space, bidi overrides and isolates, byte
# order mark, lone surrogates, tag characters: nothing of it can be seen, all of it can mislead.
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u180e\u200b\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)


def plain(markup: str) -> str:
    """The text a reader of this HTML sees: no scripts, entities decoded, tidied."""
    if not _MARKUP.search(markup):
        return tidy(markup)
    bounded = _encodable(markup[:_MARKUP_LIMIT])
    if bounded.count("<") - 2 * bounded.count("</") > _OPEN_LIMIT:
        return tidy(unescape(_TAG.sub(" ", bounded)))
    tree = LexborHTMLParser(bounded)
    for node in tree.css(_SILENT):
        node.decompose()
    return tidy("".join(_pieces(tree.body))) if tree.body else ""


def _pieces(root: LexborNode) -> Iterator[str]:
    """The text nodes, with the breaks and spaces their elements stand for between them."""
    for node in root.traverse(include_text=True):
        before = node.prev.tag if node.prev else None
        if node.tag in _BLOCKS or before in _BLOCKS:
            yield _BREAK
        elif node.tag not in _INLINE:
            yield " "
        if node.tag == "-text":
            yield node.text_content or ""


def tidy(text: str) -> str:
    """NFC, without characters that cannot be seen, whitespace folded."""
    seen = _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\u2029", _BREAK))
    spaced = _SPACES.sub(" ", unicodedata.normalize("NFC", seen))
    paragraphs = _PARAGRAPH.split(spaced)
    folded = (" ".join(paragraph.split()) for paragraph in paragraphs)
    return "\n".join(paragraph for paragraph in folded if paragraph)


def line(markup: str, limit: int = TITLE_LIMIT, *, is_html: bool = True) -> str:
    """One line of plain text, cut at a word with an ellipsis when it is over ``limit``."""
    source = markup[: 20 * limit]
    text = (plain(source) if is_html else tidy(source)).replace("\n", " ")
    if is_html and "&" in text:
        # Feeds often escape a title twice: `AT&amp;amp;T`.
        text = " ".join(tidy(unescape(text)).split())
    return shorten(text, limit)


def body(markup: str, *, is_html: bool = True) -> str:
    """The text of an item, at most TEXT_LIMIT characters, cut at a word."""
    text = plain(markup) if is_html else tidy(markup[:_MARKUP_LIMIT])
    return text if len(text) <= TEXT_LIMIT else _cut(text, TEXT_LIMIT)


def shorten(text: str, limit: int) -> str:
    """``text`` when it fits, else cut at a word with an ellipsis, at most ``limit`` long."""
    return text if len(text) <= limit else _cut(text, limit - 1).rstrip(" ,;:.–—-") + "…"


def _cut(text: str, limit: int) -> str:
    """At most ``limit`` characters; back to the last space unless that loses a third."""
    head = text[: limit + 1]
    at = max(head.rfind(" "), head.rfind("\n"))
    return head[: at if at > limit * 2 // 3 else limit].rstrip()


def _encodable(text: str) -> str:
    """Without lone surrogates, which no UTF-8 parser takes."""
    return _UNSEEN.sub("", text)
