"""Many items in one body: read one by one, in turns, and no further than they are worth."""

import asyncio
import json
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta, Struct

from engine.errors import Invalid
from server.errors import Malformed, TooLarge
from server.http import items
from server.http.items import ITEM_BYTES, ITEMS_LIMIT
from server.rest.ingest import PushedItem

BODY_LIMIT = 8_388_608


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    text: str = ""


class Around(Struct, frozen=True, forbid_unknown_fields=True):
    items: Annotated[tuple[msgspec.Raw, ...], Meta(max_length=0)]
    source: Annotated[str, Meta(max_length=80)] = "push"


async def read(raw: bytes) -> tuple[Around, list[Notice]]:
    return await items.read(raw, Around, Notice)


async def turns_during(raw: bytes) -> int:
    """How often the loop got its turn while the body was read."""
    reading = asyncio.create_task(read(raw))
    turns = 0
    while not reading.done():
        turns += 1
        await asyncio.sleep(0)
    await reading
    return turns


def body(*parts: bytes) -> bytes:
    return b'{"items":[' + b",".join(parts) + b"]}"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"items":[{"title":"Quay"},{"title":"Lock","text":"x"}],"source":"desk"}',
        b'{"source":"desk","items":[{"title":"Quay"},{"title":"Lock","text":"x"}]}',
        b' { "items" : [ {"title" : "Quay"} ,\n{"title":"Lock","text":"x"} ] , "source":"desk" } ',
    ],
)
async def test_items_and_what_is_around_them_come_in_any_order_and_spacing(raw: bytes) -> None:
    around, found = await read(raw)

    assert around.source == "desk"
    assert found == [Notice(title="Quay"), Notice(title="Lock", text="x")]


@pytest.mark.parametrize(
    "title", ["brackets ]}[{,", 'quotes " and \\" and \\\\', '","items":[', "\\", "漢字 😀", "\n\t"]
)
@pytest.mark.parametrize("escape", [True, False])
async def test_strings_may_hold_what_else_has_a_meaning(title: str, escape: bool) -> None:
    raw = json.dumps({"items": [{"title": title}] * 2, "source": "x"}, ensure_ascii=escape)

    assert (await read(raw.encode()))[1] == [Notice(title=title)] * 2


@pytest.mark.parametrize("raw", [b'{"items":[]}', b'{"items": [ \n] }'])
async def test_no_items_are_items_too(raw: bytes) -> None:
    assert (await read(raw))[1] == []


async def test_items_that_are_given_twice_are_refused_as_that() -> None:
    with pytest.raises(Invalid, match="'items' is given twice"):
        await read(b'{"items":[{"title":"a"}],"items":[{"title":"b"}]}')


@pytest.mark.parametrize(
    ("raw", "byte"),
    [
        (b'{"items":[{"title":"a"}', 23),
        (b'{"items":[{"title":"a"},', 24),
        (b'{"items":[{"title":"a"},{"tit', 29),
        (b'{"items":[{"title":"a"},]}', 24),
        (b'{"items":[{"title":"a"} {"title":"b"}]}', 25),
        (b'{"items":[{"title":"a"},{"title" "b"}]}', 33),
        (b'{"items":[{"title":"a"}]', 24),
        (b'{"items":[{"title":"a"}]} {}', 27),
        (b'{"items":[{"title":"a"}],}', 25),
        (b'{"items"', 8),
    ],
)
async def test_what_is_not_json_is_told_by_its_byte(raw: bytes, byte: int) -> None:
    with pytest.raises(Malformed, match=rf"\(byte {byte}\)") as refused:
        await read(raw)

    assert refused.value.details["byte"] == byte


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (body(b'{"title":"a"}', b'{"title":1}'), "items[1].title"),
        (body(b'{"title":"a"}', b'{"title":"b","x":{"y":[]}}'), "items[1].x"),
        (body(b'{"title":"a"}', b"[]"), "items[1]"),
        (b'{"items":[],"colour":"red"}', "colour"),
        (b'{"items":[],"source":"' + b"x" * 81 + b'"}', "source"),
        (b'{"items":[],"items":[{"title":"a"}]}', "items"),
        (b'{"items":{"title":"a"}}', "items"),
        (b'{"around":{"items":[{"title":"a"}]}}', "around"),
        (b'{"source":"' + b"x" * 20_000 + b'","items":[]}', "items"),
        (rb'{"\u0069tems":[]}', "items"),
    ],
)
async def test_what_does_not_fit_is_told_by_its_field(raw: bytes, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await read(raw)

    assert refused.value.details["field"] == field


async def test_a_body_without_items_says_so() -> None:
    with pytest.raises(Invalid, match="items"):
        await read(b"{}")


async def test_as_many_items_as_are_allowed_are_read() -> None:
    assert len((await read(body(*[b'{"title":"a"}'] * ITEMS_LIMIT)))[1]) == ITEMS_LIMIT


async def test_one_item_too_many_ends_the_reading_there() -> None:
    raw = body(*[b'{"title":"a"}'] * ITEMS_LIMIT, b"what follows is not looked at")

    with pytest.raises(TooLarge, match="2,000 items"):
        await read(raw)


async def test_the_first_item_that_is_none_ends_the_reading() -> None:
    tiny = b'{"items":[' + b"1," * (BODY_LIMIT // 2 - 10) + b"nonsense"

    with pytest.raises(Invalid, match="Item 0"):
        await read(tiny)


@pytest.mark.parametrize("tail", [b"", b'"', b'"}', b'"}]}'])
async def test_an_item_that_is_too_large_is_told_by_its_index(tail: bytes) -> None:
    raw = b'{"items":[{"title":"a"},{"title":"' + b"b" * (BODY_LIMIT // 2) + tail

    with pytest.raises(TooLarge, match="Item 1 is larger than 262,144 bytes"):
        await read(raw)


@pytest.mark.parametrize("padding", [b" ", b'"'])
async def test_much_around_the_items_is_refused(padding: bytes) -> None:
    with pytest.raises((TooLarge, Invalid)):
        await read(b'{"items":[],"source":"' + padding * 1_000_000 + b'"}')
    with pytest.raises(Invalid, match="items first"):
        await read(b'{"source":"' + padding * 1_000_000)


@pytest.mark.parametrize(
    ("item", "count", "turns"),
    [
        (b'{"title":"a"}', ITEMS_LIMIT, 40),
        (b'{"title":"' + b"\\n" * (ITEM_BYTES // 2 - 20) + b'"}', 30, 30),
    ],
    ids=["tiny", "large"],
)
async def test_the_loop_gets_its_turn_between_items(item: bytes, count: int, turns: int) -> None:
    assert await turns_during(body(*[item] * count)) >= turns


def test_a_pushed_item_is_flat_as_the_reading_supposes() -> None:
    def kinds(schema: Any) -> set[str]:
        return {one.get("type") for one in schema.get("anyOf", [schema])}

    fields = msgspec.json.schema(PushedItem)["$defs"]["PushedItem"]["properties"]

    assert set().union(*map(kinds, fields.values())) == {"string", "null"}
