"""msgspec types as AsyncAPI schema objects, which are JSON Schema draft 7. Pure."""

from collections.abc import Iterable
from typing import Any

import msgspec

from engine.events.table import Kind

REF = "#/components/schemas/{name}"
CURSOR = {
    "title": "Cursor",
    "description": "Opaque: keep the last one seen, and send it back to resume.",
    "type": "string",
    "maxLength": 128,
}
Schema = dict[str, Any]


def ref(name: str) -> Schema:
    return {"$ref": REF.format(name=name)}


def components(types: Iterable[Any]) -> dict[str, Schema]:
    """A schema under its own name for each type and for everything that it holds."""
    _, schemas = msgspec.json.schema_components(
        tuple(types), schema_hook=lambda _any: {"description": "Any value."}, ref_template=REF
    )
    return {"Cursor": CURSOR} | {name: _draft_7(schema) for name, schema in schemas.items()}


def event(kind: Kind) -> Schema:
    """The whole CloudEvents object of one event type."""
    return {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "topic", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string", "pattern": "^~"} if kind.latest else ref("Cursor"),
            "source": {"const": "/wireroom"},
            "type": {"const": kind.name},
            "subject": {"type": "string"},
            "time": {"type": "string", "format": "date-time"},
            "topic": {"const": kind.topic},
            "data": ref(kind.of.__name__),
        },
    }


def _draft_7(schema: Any) -> Any:
    """msgspec writes draft 2020-12: tuples, and defaults beside a ``$ref``, read differently."""
    if isinstance(schema, list):
        return [_draft_7(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    older = {name: _draft_7(part) for name, part in schema.items()}
    if "prefixItems" in older:
        older["additionalItems"] = older.pop("items", True)
        older["items"] = older.pop("prefixItems")
    if "$ref" in older and len(older) > 1:
        older["allOf"] = [{"$ref": older.pop("$ref")}]
    return older
