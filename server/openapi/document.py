"""The interface as an OpenAPI 3.1 document, made from the URL table and the msgspec types. Pure."""

import re
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import NODEFAULT

from server.http.route import Route
from server.openapi.operations import OPERATIONS, Media, Operation

REF = "#/components/schemas/{name}"
OF_AN_ISSUE = ("/classify/{id}", "/brief/{id}", "/export/{id}")
"""Paths whose issue may have been merged into another."""
JSON = "application/json"
VERSION = "0.1.0"

ERROR = {
    "type": "object",
    "description": "A refusal: one sentence for people, a stable code for machines.",
    "required": ["success", "data", "error", "code", "request_id"],
    "properties": {
        "success": {"const": False},
        "data": {"type": "null"},
        "error": {"type": "string"},
        "code": {"type": "string"},
        "request_id": {"type": "string"},
        "details": {"type": "object", "additionalProperties": True},
    },
}
SECURITY_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "A token from POST /tokens."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "wireroom_session",
        "description": "From POST /session; writes must come from the server's own pages.",
    },
}
REQUEST_HEADERS = {
    "Idempotency-Key": "The same key and request again is answered without doing it again.",
    "If-Match": "The digest of the revision you have read, in quotes.",
}


def document(table: Iterable[Route]) -> bytes:
    """The encoded document; every row of the table is in it."""
    rows = tuple(table)
    types = tuple(dict.fromkeys(kind for row in rows for kind in _types(_operation(row))))
    schemas, components = msgspec.json.schema_components(
        types, schema_hook=lambda _any: {"description": "Any value."}, ref_template=REF
    )
    schema_of = dict(zip(types, schemas, strict=True))
    components["Error"] = ERROR
    paths: dict[str, dict[str, Any]] = {}
    for row in rows:
        described = _describe(row, _operation(row), schema_of)
        paths.setdefault(row.path, {})[row.method.lower()] = described
    whole = {
        "openapi": "3.1.0",
        "info": {
            "title": "Wireroom",
            "version": VERSION,
            "description": "A live desk for daily intelligence briefs.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": SECURITY_SCHEMES},
    }
    return msgspec.json.encode(whole)


def _operation(row: Route) -> Operation:
    return OPERATIONS[row.method, row.path]


def _types(operation: Operation) -> Iterator[Any]:
    kinds = (operation.body, operation.waiting, *operation.answers)
    yield from (kind for kind in kinds if kind is not None)
    if operation.query is not None:
        yield from (field.type for field in msgspec.structs.fields(operation.query))


def _describe(row: Route, operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    doc = (row.handler.__doc__ or "").strip()
    described: dict[str, Any] = {
        "operationId": _operation_id(row),
        "summary": doc.partition("\n")[0].rstrip("."),
        "tags": [row.path.split("/")[1].partition(".")[0] or "pages"],
        "parameters": [*_path(row), *_query(operation, schema_of), *_headers(operation)],
        "responses": _responses(row, operation, schema_of),
        "security": _security(row),
    }
    if operation.body is not None or operation.uploads:
        described["requestBody"] = _body(operation, schema_of)
    return described


def _operation_id(row: Route) -> str:
    words = re.findall(r"[a-z]+", row.path) or ["page"]
    return "_".join((row.method.lower(), *words))


def _security(row: Route) -> list[dict[str, list[str]]]:
    if row.needs == "public":
        return []
    schemes: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
    return [*schemes, {}] if row.needs in ("anyone", "read") else schemes


def _path(row: Route) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", row.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query(operation: Operation, schema_of: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for field in msgspec.structs.fields(operation.query) if operation.query else ():
        schema = dict(schema_of[field.type])
        if field.default not in (NODEFAULT, None):
            schema["default"] = field.default
        yield {"name": field.encode_name, "in": "query", "required": field.required} | {
            "schema": schema
        }


def _headers(operation: Operation) -> Iterator[dict[str, Any]]:
    for name in operation.headers:
        required = name == "If-Match"
        yield {
            "name": name,
            "in": "header",
            "required": required,
            "description": REQUEST_HEADERS[name],
            "schema": {"type": "string"},
        }


def _body(operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    if operation.body is not None:
        content[JSON] = {"schema": schema_of[operation.body]}
    for media in operation.uploads:
        content[media] = {}
    return {"required": True, "content": content}


def _responses(row: Route, operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {str(operation.status): _success(operation, schema_of)}
    if operation.waiting is not None:
        responses["202"] = _enveloped(202, [schema_of[operation.waiting]])
    for status in _refusals(row, operation):
        responses[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {JSON: {"schema": {"$ref": REF.format(name="Error")}}},
        }
    return responses


def _success(operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    if operation.media is Media.NONE:
        return described
    if operation.media is not Media.JSON:
        return described | {"content": {operation.media.value: {"schema": {"type": "string"}}}}
    kinds = [schema_of[kind] for kind in operation.answers] or [{"type": "null"}]
    return _enveloped(operation.status, kinds)


def _enveloped(status: int, kinds: list[Any]) -> dict[str, Any]:
    envelope = {
        "type": "object",
        "required": ["success", "data", "error"],
        "properties": {
            "success": {"const": True},
            "data": kinds[0] if len(kinds) == 1 else {"anyOf": kinds},
            "error": {"type": "null"},
        },
    }
    content = {JSON: {"schema": envelope}}
    return {"description": HTTPStatus(status).phrase, "content": content}


def _refusals(row: Route, operation: Operation) -> list[int]:
    """What every row of this kind may answer, and what this one adds."""
    statuses = {400, 500, 503, *operation.refusals}
    if row.needs != "public":
        statuses |= {401, 429}
    if row.needs not in ("public", "anyone", "read"):
        statuses.add(403)
    if operation.body is not None or operation.uploads:
        statuses |= {413, 415}
    if "{" in row.path:
        statuses.add(404)
    if row.path.startswith(OF_AN_ISSUE):
        statuses.add(410)
    if "Idempotency-Key" in operation.headers:
        statuses |= {409, 422}
    if "If-Match" in operation.headers:
        statuses |= {409, 428}
    return sorted(statuses)
