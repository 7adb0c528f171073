"""The document is AsyncAPI 3.0, and what it says is what goes over the wire."""

import json
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft7Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT7

from engine.events.recorded import Recorded
from engine.events.table import TABLE, Kind
from engine.record import GENESIS, Head, latest, record
from server.asyncapi.catalogue import CONTROLS, FROM_CLIENT, FROM_SERVER
from server.asyncapi.document import document
from server.live import closing
from server.live import messages as m

GOLDEN = Path(__file__).parents[2] / "data" / "events"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    return dict(json.loads(document()))


def nodes(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        yield tree
    for part in tree.values() if isinstance(tree, dict) else tree:
        if isinstance(part, dict | list):
            yield from nodes(part)


def resolve(api: dict[str, Any], pointer: str) -> Any:
    found: Any = api
    for step in pointer.removeprefix("#/").split("/"):
        found = found[step]
    return found


def payload(api: dict[str, Any], name: str) -> Draft7Validator:
    """What checks the payload of the message with this name."""
    registry = Registry().with_resource("wireroom:", DRAFT7.create_resource(api))
    message = next(one for one in api["components"]["messages"].values() if one["name"] == name)
    schema = {"$id": "wireroom:", **message["payload"], "components": api["components"]}
    return Draft7Validator(schema, registry=registry, format_checker=FormatChecker())


def errors(api: dict[str, Any], name: str, sent: bytes) -> list[str]:
    return [error.message for error in payload(api, name).iter_errors(json.loads(sent))]


def golden_wire(kind: Kind) -> bytes:
    event = msgspec.json.decode((GOLDEN / f"{kind.name}.json").read_bytes(), type=kind.of)
    if kind.latest:
        return latest(event, "b00t", 7, NOON).wire
    line: Recorded = record(event, Head(epoch="f3a1c2", seq=4, hash=GENESIS), NOON)
    return line.wire


# -- AsyncAPI --------------------------------------------------------------------------------------


def test_the_document_is_valid_asyncapi() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # two of its fields are named `schema`
        from asyncapi3.models import AsyncAPI3

    read = AsyncAPI3.model_validate_json(document())

    assert read.asyncapi == "3.0.0"


def test_every_reference_leads_somewhere(api: dict[str, Any]) -> None:
    pointers = {node["$ref"] for node in nodes(api) if "$ref" in node}

    assert pointers
    assert all(resolve(api, pointer) for pointer in pointers)


def test_every_schema_is_json_schema_draft_7(api: dict[str, Any]) -> None:
    for schema in api["components"]["schemas"].values():
        Draft7Validator.check_schema(schema)


def test_no_schema_uses_what_draft_7_reads_differently(api: dict[str, Any]) -> None:
    schemas = list(nodes(api["components"]["schemas"]))

    assert not [one for one in schemas if {"prefixItems", "$defs", "$dynamicRef"} & set(one)]
    assert not [one for one in schemas if "$ref" in one and len(one) > 1]


def test_an_operation_uses_only_messages_of_its_own_channel(api: dict[str, Any]) -> None:
    for operation in api["operations"].values():
        for part in (operation, operation.get("reply", operation)):
            channel = part["channel"]["$ref"]
            assert all(one["$ref"].startswith(f"{channel}/messages/") for one in part["messages"])


def test_every_message_of_a_channel_stands_in_an_operation(api: dict[str, Any]) -> None:
    used = {
        one["$ref"]
        for operation in api["operations"].values()
        for part in (operation, operation.get("reply", operation))
        for one in part["messages"]
    }

    assert used == {
        f"#/channels/{name}/messages/{message}"
        for name, channel in api["channels"].items()
        for message in channel["messages"]
    }


# -- what it says ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
def test_an_event_of_each_type_is_as_described(api: dict[str, Any], kind: Kind) -> None:
    assert errors(api, kind.name, golden_wire(kind)) == []


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.name)
def test_an_event_is_not_mistaken_for_another(api: dict[str, Any], kind: Kind) -> None:
    other = TABLE[(TABLE.index(kind) + 1) % len(TABLE)]

    assert errors(api, other.name, golden_wire(kind))


def test_a_latest_value_event_has_no_cursor(api: dict[str, Any]) -> None:
    messages = api["components"]["messages"]

    assert {one["name"] for one in messages.values() if one.get("x-recorded") is False} == {
        kind.name for kind in TABLE if kind.latest
    }


def test_every_message_the_code_knows_is_described() -> None:
    assert {control.of for control in FROM_CLIENT} == set(m.AnyClientMessage.__args__)
    assert {control.of for control in FROM_SERVER} == set(m.AnyServerMessage.__args__)
    assert all(control.summary for control in CONTROLS)


SENT = {
    "hello": m.Hello(
        session="9c2e", epoch="f3", head="f3-1", heartbeat_s=25.0, auth="required", principal=None
    ),
    "ok": m.Ok(id=1),
    "subscribed": m.Subscribed(
        id=2, topics=("issue",), from_="f3-1", head="f3-1", was_recovering=True, recovered=True
    ),
    "position": m.PositionReached(at="f3-1"),
    "pong": m.Pong(id=3),
    "error": m.Error(id=None, code="bad_message", message="This is no message."),
    "goodbye": m.Goodbye(reconnect_ms=(100, 900)),
}


@pytest.mark.parametrize("name", SENT)
def test_what_the_server_says_is_as_described(api: dict[str, Any], name: str) -> None:
    assert errors(api, name, msgspec.json.encode(SENT[name])) == []


ASKED = {
    "auth": ({"op": "auth", "id": 1, "token": "wr_x"}, {"op": "auth", "id": 1, "token": ""}),
    "subscribe": (
        {"op": "subscribe", "id": 1, "topics": ["issue"], "where": {"min_score": 0.5}},
        {"op": "subscribe", "id": 1, "topics": ["issue"], "where": {"min_score": 2}},
    ),
    "unsubscribe": ({"op": "unsubscribe", "id": 9}, {"op": "unsubscribe", "id": 0}),
    "ping": ({"op": "ping", "id": 2**53 - 1}, {"op": "ping", "id": 2**53}),
    "viewing": ({"op": "viewing", "id": 1, "subject": ""}, {"op": "viewing", "id": 1}),
}


@pytest.mark.parametrize("name", ASKED)
def test_the_document_and_the_decoder_take_and_refuse_the_same(
    api: dict[str, Any], name: str
) -> None:
    good, bad = (json.dumps(one) for one in ASKED[name])

    assert errors(api, name, good.encode()) == []
    assert m.decode(m.Encoding.JSON, good)
    assert errors(api, name, bad.encode())
    with pytest.raises(m.BadMessage):
        m.decode(m.Encoding.JSON, bad)


def test_goodbye_names_exactly_two_times(api: dict[str, Any]) -> None:
    assert errors(api, "goodbye", b'{"op":"goodbye","reconnect_ms":[1,2,3]}')


def test_the_close_codes_are_the_table(api: dict[str, Any]) -> None:
    told = api["channels"]["websocket"]["x-close-codes"]

    assert [(row["code"], row["reconnect"]) for row in told] == [
        (row.code, row.reconnect.value) for row in closing.TABLE
    ]
