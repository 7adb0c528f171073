import json
from typing import Any

import pytest
from openapi_spec_validator import validate

from server.openapi.document import document
from server.openapi.operations import OPERATIONS
from server.routes import TABLE


@pytest.fixture(scope="module")
def api() -> dict[str, Any]:
    return dict(json.loads(document(TABLE)))


def test_the_document_is_valid_openapi(api: dict[str, Any]) -> None:
    assert api["openapi"].startswith("3.1")
    validate(api)


def test_every_route_is_described_and_nothing_else() -> None:
    assert set(OPERATIONS) == {(row.method, row.path) for row in TABLE}


def test_every_row_of_the_table_is_in_the_document(api: dict[str, Any]) -> None:
    missing = [row for row in TABLE if row.method.lower() not in api["paths"][row.path]]

    assert missing == []


def operations(api: dict[str, Any]) -> list[dict[str, Any]]:
    return [one for methods in api["paths"].values() for one in methods.values()]


def test_every_operation_has_a_summary_and_an_id_of_its_own(api: dict[str, Any]) -> None:
    ids = [one["operationId"] for one in operations(api)]

    assert all(one["summary"] for one in operations(api))
    assert len(set(ids)) == len(ids)


def test_refusals_are_described_as_the_one_error(api: dict[str, Any]) -> None:
    error = {"$ref": "#/components/schemas/Error"}
    for one in operations(api):
        for status, answer in one["responses"].items():
            if status >= "400":
                assert answer["content"]["application/json"]["schema"] == error


def test_a_write_says_how_to_sign_in_and_a_public_page_does_not(api: dict[str, Any]) -> None:
    assert api["paths"]["/config"]["post"]["security"] == [{"token": []}, {"session": []}]
    assert api["paths"]["/healthz"]["get"]["security"] == []


def test_an_edit_requires_if_match(api: dict[str, Any]) -> None:
    headers = {one["name"]: one for one in api["paths"]["/brief/{id}"]["put"]["parameters"]}

    assert headers["If-Match"]["required"]
    assert not headers["Idempotency-Key"]["required"]
    assert "428" in api["paths"]["/brief/{id}"]["put"]["responses"]


def test_query_parameters_show_their_limits(api: dict[str, Any]) -> None:
    parameters = {one["name"]: one for one in api["paths"]["/classify/today"]["get"]["parameters"]}

    assert parameters["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 500,
        "default": 100,
    }
