"""The table of what goes wrong, as a client sees it: status, code and a sentence that helps."""

import gzip
import io
from typing import Any

import pytest

from tests.server.desk import ADMIN, ANALYST, Client, write_brief

pytestmark = pytest.mark.asyncio(loop_scope="module")

AS_JSON = {**ANALYST, "Content-Type": "application/json"}
TOO_DEEP = b'{"items":' + b"[" * 2000 + b"]" * 2000 + b"}"


async def refusal(response: Any) -> tuple[int, str, str]:
    answer = await response.json()
    assert answer["success"] is False
    assert answer["data"] is None
    assert answer["request_id"] == response.headers["X-Request-Id"]
    return response.status, answer["code"], answer["error"]


@pytest.mark.parametrize(
    "path", ["/brief/no-such", "/brief/no-such?lens=ceo", "/export/no-such", "/brief/NOT-AN-ID"]
)
async def test_an_unknown_id_is_404_with_a_sentence_that_names_it(
    shared_client: Client, path: str
) -> None:
    status, code, sentence = await refusal(await shared_client.get(path))

    assert (status, code) == (404, "not_found")
    assert path.split("/")[2].partition("?")[0] in sentence


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/classify/no-such/correct"),
        ("POST", "/ingest/items/no-such/withdraw"),
        ("POST", "/classify/no-such/merge"),
        ("POST", "/classify/no-such/split"),
        ("POST", "/brief/no-such/write"),
        ("POST", "/brief/no-such/review"),
        ("POST", "/export/no-such"),
    ],
)
async def test_a_write_to_an_unknown_id_is_404(
    shared_client: Client, method: str, path: str
) -> None:
    bodies: dict[str, dict[str, object]] = {
        "correct": {"quadrant": "Risk"},
        "withdraw": {"reason": "In error"},
        "merge": {"into": "some-issue"},
        "split": {"items": ["some-item"]},
    }
    body = bodies.get(path.rpartition("/")[2], {})

    status, code, _ = await refusal(
        await shared_client.request(method, path, json=body, headers=ANALYST)
    )

    assert (status, code) == (404, "not_found")


@pytest.mark.parametrize(
    ("body", "byte"),
    [
        (b'{"role": }', 9),
        (b'{"role": "Analyst"', 18),
        (b'{"role":"a","approve":true} {}', 29),
        (b'{"role": "\xff"}', None),
    ],
)
async def test_malformed_json_is_400_with_the_byte(
    shared_client: Client, body: bytes, byte: int | None
) -> None:
    headers = {**ANALYST, "Content-Type": "application/json"}

    response = await shared_client.post("/review/signoff", data=body, headers=headers)

    answer = await response.json()
    assert (response.status, answer["code"]) == (400, "malformed_json")
    assert "byte" in answer["error"]
    assert byte is None or answer["details"]["byte"] == byte


@pytest.mark.parametrize("body", [TOO_DEEP, b'{"items":' + b"[" * 200_000])
async def test_deep_nesting_is_400(shared_client: Client, body: bytes) -> None:
    headers = {**ANALYST, "Content-Type": "application/json"}

    response = await shared_client.post("/ingest/items", data=body, headers=headers)

    assert (await refusal(response))[0] == 400


async def test_nesting_that_the_decoder_follows_is_400(shared_client: Client) -> None:
    headers = {**ANALYST, "Content-Type": "application/json"}
    body = b'{"unknown":' + b"[" * 2000 + b"]" * 2000 + b"}"

    response = await shared_client.post("/review/resume", data=body, headers=headers)

    assert (await refusal(response))[0] == 400


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/review/signoff", {"role": 7, "approve": True}, "role"),
        ("/review/signoff", {"role": "Analyst", "approve": "yes"}, "approve"),
        ("/review/signoff", {"role": "x" * 51, "approve": True}, "role"),
        ("/review/signoff", {"role": "", "approve": True}, "role"),
        ("/review/signoff", {"role": "Analyst", "approve": True, "aprove": 1}, "aprove"),
        ("/review/interrupt", {"reason": ""}, "reason"),
        ("/assets/generate", {"audience": "Press", "brief_id": "a"}, "audience"),
        ("/ingest/items", {"items": [{"title": "Fine"}, {"title": 1}]}, "items[1].title"),
        ("/ingest/items", {"items": [{"title": "Fine", "txt": "misspelt"}]}, "items[0].txt"),
        ("/ingest/run", {"sources": ["Not An Id"]}, "sources[0]"),
    ],
)
async def test_a_wrong_value_is_400_and_its_field_is_named(
    shared_client: Client, path: str, body: dict[str, Any], field: str
) -> None:
    response = await shared_client.post(path, json=body, headers=ANALYST)

    answer = await response.json()
    assert (response.status, answer["details"]["field"]) == (400, field)
    assert field in answer["error"] or field.rpartition(".")[2] in answer["error"]


async def test_a_missing_field_is_400(shared_client: Client) -> None:
    response = await shared_client.post("/review/signoff", json={"approve": True}, headers=ANALYST)

    assert "role" in (await refusal(response))[2]


async def test_an_unknown_audience_is_answered_with_the_known_ones(shared_client: Client) -> None:
    response = await shared_client.post(
        "/assets/generate", json={"audience": "Press", "brief_id": "a"}, headers=ANALYST
    )

    assert "CEO, COO, Director, Board, Members" in (await refusal(response))[2]


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/brief/some-brief?lens=cfo", "ceo, coo, director"),
        ("/classify/today?role=cfo", "ceo, coo, director"),
        ("/classify/today?quadrant=Sport", "Policy, Industry, Advocacy, Risk"),
    ],
)
async def test_an_unknown_choice_is_answered_with_the_known_ones(
    shared_client: Client, path: str, known: str
) -> None:
    status, code, sentence = await refusal(await shared_client.get(path))

    assert (status, code) == (400, "invalid")
    assert known in sentence


async def test_an_unknown_signing_role_is_400(shared_client: Client) -> None:
    body = {"role": "Astrologer", "approve": True, "brief_id": "no-such"}

    status, _, _ = await refusal(
        await shared_client.post("/review/signoff", json=body, headers=ANALYST)
    )

    assert status in (400, 404)


async def test_an_unknown_quadrant_in_a_correction_is_400(shared_client: Client) -> None:
    response = await shared_client.post(
        "/classify/some-issue/correct", json={"quadrant": "Sport"}, headers=ANALYST
    )

    assert "Policy" in (await refusal(response))[2]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=501",
        "limit=ten",
        "offset=-1",
        "min_score=1.1",
        "min_score=nan",
        "min_score=inf",
        "limit=1&limit=2",
        "colour=red",
        "role=",
    ],
)
async def test_an_impossible_query_is_400_and_names_the_parameter(
    shared_client: Client, query: str
) -> None:
    status, code, sentence = await refusal(await shared_client.get(f"/classify/today?{query}"))

    assert (status, code) == (400, "invalid")
    assert query.partition("=")[0] in sentence


@pytest.mark.parametrize(
    "path", ["/config", "/review/status", "/roi/today", "/ingest/status", "/exports/today"]
)
async def test_an_address_without_parameters_takes_none(shared_client: Client, path: str) -> None:
    status, _, sentence = await refusal(await shared_client.get(f"{path}?colour=red"))

    assert status == 400
    assert "'colour'" in sentence


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"time_of_day": "25:00"},
        {"time_of_day": "7:00"},
        {"days_of_week": ["funday"]},
        {"days_of_week": []},
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"audiences": ["Press"]},
        {"cadence": "hourly"},
        {"signoff_roles": ["x" * 51, "Analyst"]},
        {"signoff_ttl_hours": 0},
        {"signoff_ttl_hours": "24"},
        {"brief_min_priority": "urgent"},
        {"require_dual_signoff": "no"},
    ],
    ids=str,
)
async def test_an_impossible_config_is_400_and_names_the_key(
    shared_client: Client, change: dict[str, Any]
) -> None:
    status, _, sentence = await refusal(
        await shared_client.post("/config", json=change, headers=ADMIN)
    )

    assert status == 400
    assert next(iter(change)) in sentence


async def test_a_body_past_the_limit_is_413(shared_client: Client) -> None:
    body = io.BytesIO(b'{"reason":"' + b"x" * 1_048_576 + b'"}')
    headers = {**ANALYST, "Content-Type": "application/json"}

    response = await shared_client.post("/review/interrupt", data=body, headers=headers)

    assert (await refusal(response))[:2] == (413, "too_large")


async def test_a_chunked_body_past_the_limit_is_413(shared_client: Client) -> None:
    async def chunks() -> Any:
        for _ in range(40):
            yield b" " * 65_536

    headers = {**ANALYST, "Content-Type": "application/json"}

    response = await shared_client.post("/review/interrupt", data=chunks(), headers=headers)

    assert (await refusal(response))[:2] == (413, "too_large")


async def test_items_have_a_limit_of_their_own(shared_client: Client) -> None:
    body = io.BytesIO(b'{"items": [1' + b" " * 1_100_000 + b"]}")
    headers = {**ANALYST, "Content-Type": "application/json"}

    response = await shared_client.post("/ingest/items", data=body, headers=headers)

    assert (await refusal(response))[0] == 400


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/classify/today", "GET, HEAD"),
        ("/config", "GET, HEAD, POST"),
        ("/session", "DELETE, GET, HEAD, POST"),
    ],
)
async def test_a_wrong_method_is_405_with_allow(
    shared_client: Client, path: str, allowed: str
) -> None:
    response = await shared_client.request("PATCH", path)

    assert response.headers["Allow"] == allowed
    assert (await refusal(response))[:2] == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/nowhere", "/brief", "/brief/a/b/c", "/static/../app.py"])
async def test_an_unknown_address_is_404_in_the_envelope(shared_client: Client, path: str) -> None:
    assert (await refusal(await shared_client.get(path)))[:2] == (404, "not_found")


async def test_a_body_that_is_not_said_to_be_json_is_415(shared_client: Client) -> None:
    response = await shared_client.post("/review/interrupt", data=b"reason=fire", headers=ANALYST)

    assert (await refusal(response))[:2] == (415, "unsupported_media_type")


async def test_items_of_an_unknown_media_type_are_415_with_the_known_ones(
    shared_client: Client,
) -> None:
    headers = {**ANALYST, "Content-Type": "application/pdf"}

    response = await shared_client.post("/ingest/items", data=b"%PDF", headers=headers)

    status, _, sentence = await refusal(response)
    assert status == 415
    assert "text/csv" in sentence


async def test_an_edit_without_if_match_is_428(shared_client: Client) -> None:
    brief = await write_brief(shared_client)

    response = await shared_client.put(
        f"/brief/{brief['id']}", json={"title": "Another"}, headers=ANALYST
    )

    assert (await refusal(response))[:2] == (428, "precondition_required")


async def test_if_match_must_name_a_digest(shared_client: Client) -> None:
    response = await shared_client.put(
        "/brief/some-brief", json={"title": "Another"}, headers={**ANALYST, "If-Match": "*"}
    )

    assert (await refusal(response))[0] == 400


@pytest.mark.parametrize("columns", ["title", "title:", ":Headline", "bogus:a", "text:a"])
async def test_a_column_mapping_that_is_none_is_400(shared_client: Client, columns: str) -> None:
    headers = {**ANALYST, "Content-Type": "text/csv"}

    response = await shared_client.post(
        "/ingest/items", params={"columns": columns}, data=b"a,b\n1,2\n", headers=headers
    )

    assert "columns" in (await refusal(response))[2]


async def test_columns_of_a_feed_are_400(shared_client: Client) -> None:
    headers = {**ANALYST, "Content-Type": "application/rss+xml"}

    response = await shared_client.post(
        "/ingest/items", params={"columns": "title:a"}, data=b"<rss/>", headers=headers
    )

    assert "columns" in (await refusal(response))[2]


async def test_a_push_of_too_many_items_is_413(shared_client: Client) -> None:
    response = await shared_client.post(
        "/ingest/items", json={"items": [{"title": "a"}] * 2_001}, headers=ANALYST
    )

    assert (await refusal(response))[:2] == (413, "too_large")


async def test_an_empty_upload_is_400(shared_client: Client) -> None:
    headers = {**ANALYST, "Content-Type": "text/csv"}

    response = await shared_client.post("/ingest/items", data=b"", headers=headers)

    assert (await refusal(response))[0] == 400


@pytest.mark.parametrize(
    "query",
    [
        "since=yesterday",
        "from=2026-03-02T00:00:00",
        "from=0001-01-01T00:00:00%2B14:00",
        "to=9999-12-31T23:59:59-14:00",
        "limit=501",
        "limit=100001&format=csv",
        "format=xml",
        "after=-1",
        "type=issue.exploded",
    ],
)
async def test_an_impossible_audit_query_is_400(shared_client: Client, query: str) -> None:
    assert (await refusal(await shared_client.get(f"/audit?{query}", headers=ADMIN)))[0] == 400


async def test_a_gzipped_body_is_counted_unpacked(shared_client: Client) -> None:
    body = io.BytesIO(gzip.compress(b" " * 3_000_000))
    headers = {**ANALYST, "Content-Type": "application/json", "Content-Encoding": "gzip"}

    response = await shared_client.post("/review/interrupt", data=body, headers=headers)

    assert (await refusal(response))[:2] == (413, "too_large")


async def test_a_body_that_is_not_the_gzip_it_says_is_400(shared_client: Client) -> None:
    headers = {**ANALYST, "Content-Type": "application/json", "Content-Encoding": "gzip"}

    response = await shared_client.post("/review/interrupt", data=b"plain", headers=headers)

    assert response.status == 400


async def test_bytes_that_are_not_utf8_are_named_by_their_place_in_the_body(
    shared_client: Client,
) -> None:
    body = b'{"role": "Analyst", "approve": true, "note": "ab\xff"}'

    response = await shared_client.post("/review/signoff", data=body, headers=AS_JSON)

    assert (await refusal(response))[:2] == (400, "malformed_json")
    assert (await response.json())["details"] == {"byte": body.index(b"\xff")}


async def test_a_missing_field_is_named(shared_client: Client) -> None:
    response = await shared_client.post("/review/signoff", data=b"{}", headers=AS_JSON)

    answer = await response.json()

    assert answer["error"] == "Field 'role' is missing."
    assert answer["details"] == {"field": "role"}


@pytest.mark.parametrize(
    ("query", "known"), [("topics=weather", "issue"), ("topics=issue&colour=red", "since")]
)
async def test_a_stream_that_is_asked_for_wrongly_says_what_there_is(
    shared_client: Client, query: str, known: str
) -> None:
    status, code, sentence = await refusal(await shared_client.get(f"/events?{query}"))

    assert (status, code) == (400, "invalid")
    assert known in sentence.partition("known are")[2]
