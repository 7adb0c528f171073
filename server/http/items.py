"""A JSON body of many items, read one by one: the loop gets its turn, and too much ends it early.

``msgspec`` checks a length only when everything is decoded, and 8 MiB of tiny items take it a
second. So the array is walked here, and each item, a flat object, is decoded by itself.
"""

import asyncio
import re
from typing import Final, TypeVar

from msgspec import Struct

from engine.errors import Invalid
from server.errors import Malformed, TooLarge
from server.http import reading

ITEMS_LIMIT: Final = 2_000
ITEM_BYTES: Final = 262_144
"""An item on the wire: 20,000 characters of text as ``\\uXXXX``, twice over. Takes 2 ms at most."""

_AROUND_BYTES: Final = 16_384
"""What the body holds beside the items: before them and after them."""
_TURN_BYTES: Final = 65_536
_TURN_ITEMS: Final = 50
"""After so much the loop gets its turn: about half a millisecond."""

_OPENING: Final = re.compile(rb'"items"\s*+:\s*+\[')
_EMPTY: Final = re.compile(rb"\s*+\]")
# A flat object and what comes after it. Nothing in it backtracks.
_ITEM: Final = re.compile(
    rb'\s*+(\{(?:[^"{}\[\]]++|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+\})\s*+([,\]])', re.DOTALL
)

Around = TypeVar("Around", bound=Struct)
Item = TypeVar("Item", bound=Struct)


async def read(raw: bytes, around: type[Around], shape: type[Item]) -> tuple[Around, list[Item]]:
    """The ``items`` of the body, each as ``shape``, and what stands around them.

    ``around`` has a field ``items`` that takes an empty array. Raises Invalid with the item's
    index and field, Malformed with the byte, TooLarge.
    """
    opening = _OPENING.search(raw, 0, _AROUND_BYTES)
    if opening is None:
        raise _no_items(raw, around)
    start = opening.end()
    items, end = await _walk(raw, start, shape)
    rest = raw[end : end + _AROUND_BYTES]
    if end + len(rest) < len(raw):
        raise TooLarge(f"Beside its items the body holds more than {_AROUND_BYTES} bytes.")
    return _around(raw[:start], rest, end, around), items


async def _walk(raw: bytes, at: int, shape: type[Item]) -> tuple[list[Item], int]:
    """The items from byte ``at`` on, and where the bracket is that closes them."""
    items: list[Item] = []
    empty = _EMPTY.match(raw, at, at + ITEM_BYTES)
    if empty:
        return items, empty.end() - 1
    turn = at
    while len(items) < ITEMS_LIMIT:
        found = _ITEM.match(raw, at, at + ITEM_BYTES)
        if found is None:
            raise _unreadable(raw, at, len(items), shape)
        items.append(_item(found[1], found.start(1), len(items), shape))
        at = found.end()
        if found[2] == b"]":
            return items, at - 1
        if at - turn > _TURN_BYTES or len(items) % _TURN_ITEMS == 0:
            await asyncio.sleep(0)
            turn = at
    raise TooLarge(f"There are more than {ITEMS_LIMIT:,} items: send them in parts.", field="items")


def _item(raw: bytes, at: int, index: int, shape: type[Item]) -> Item:
    try:
        return reading.decode(raw, shape, at, whole="item")
    except Malformed as error:
        raise Malformed(f"Item {index}: {error}", **error.details) from None
    except Invalid as error:
        field = f"items[{index}].{error.details.get('field', '')}".rstrip(".")
        raise Invalid(f"Item {index}: {error}", field=field) from None


def _unreadable(raw: bytes, at: int, index: int, shape: type[Item]) -> Exception:
    """Why no item stands at byte ``at``; the decoder says so best."""
    window = raw[at : at + ITEM_BYTES]
    upto = at + len(window)
    try:
        _item(window, at, index, shape)
    except Malformed as error:
        if error.details.get("byte") != upto:
            return error
    except Invalid as error:
        return error
    # It breaks off in the middle, or before a comma or bracket.
    if upto < len(raw):
        return TooLarge(f"Item {index} is larger than {ITEM_BYTES:,} bytes.", limit=ITEM_BYTES)
    return Malformed(f"The body is not valid JSON: it ends too early (byte {upto}).", byte=upto)


def _around(head: bytes, rest: bytes, end: int, around: type[Around]) -> Around:
    """The body without its items. Bytes after them are counted as in the whole body."""
    try:
        return reading.decode(head + rest, around)
    except Malformed as error:
        byte = error.details.get("byte")
        if not isinstance(byte, int) or byte <= len(head):
            raise
        byte += end - len(head)
    except Invalid as error:
        if error.details.get("field") == "items":  # they were read; what is left must have none
            raise Invalid("Field 'items' is given twice.", field="items") from None
        raise
    raise Malformed(f"The body is not valid JSON after its items (byte {byte}).", byte=byte)


def _no_items(raw: bytes, around: type[Around]) -> Exception:
    try:
        reading.decode(raw[:_AROUND_BYTES], around)
    except Malformed as error:
        if len(raw) <= _AROUND_BYTES:
            return error
    except Invalid as error:
        return error
    return Invalid('The body must be {"items": [{…}, …]}, the items first.', field="items")
