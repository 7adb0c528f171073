"""Reads as clients see them: ETags, 304, and never older than what was just written."""

from typing import Any

import pytest

from server import keys
from tests.server.desk import ADMIN, ANALYST, HEAD, Client, push_items, sign, write_brief

CACHED = (
    "/ingest/status",
    "/ingest/sources",
    "/classify/today",
    "/roi/today",
    "/config",
    "/review/status",
    "/exports/today",
)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("path", CACHED)
async def test_what_the_client_has_is_answered_304(shared_client: Client, path: str) -> None:
    first = await shared_client.get(path)

    again = await shared_client.get(path, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("named", ['"other", {etag}', "W/{etag}", "*"])
async def test_if_none_match_is_a_list_and_may_be_weak(shared_client: Client, named: str) -> None:
    etag = (await shared_client.get("/config")).headers["ETag"]

    again = await shared_client.get("/config", headers={"If-None-Match": named.format(etag=etag)})

    assert again.status == 304


@pytest.mark.asyncio(loop_scope="module")
async def test_another_etag_gets_the_whole_answer(shared_client: Client) -> None:
    assert (await shared_client.get("/config", headers={"If-None-Match": '"old"'})).status == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_answers_are_not_for_shared_caches(shared_client: Client) -> None:
    assert (await shared_client.get("/config")).headers["Cache-Control"] == "private, no-cache"


async def test_one_question_spelled_in_many_ways_is_kept_once(client: Client) -> None:
    app: Any = client.app
    for query in ("", "?limit=100", "?offset=0&limit=100", "?%6cimit=100", "?min_score=0.000"):
        assert (await client.get(f"/classify/today{query}")).status == 200

    assert len(app[keys.CACHE]) == 1


async def test_other_questions_get_other_answers(client: Client) -> None:
    await push_items(client)

    some = (await (await client.get("/classify/today")).json())["data"]["issues"]
    none = (await (await client.get("/classify/today?offset=5")).json())["data"]["issues"]

    assert (len(some), none) == (1, [])


async def test_a_changed_config_is_read_at_once(client: Client) -> None:
    await client.get("/config")

    await client.post("/config", json={"signoff_ttl_hours": 12}, headers=ADMIN)

    config = (await (await client.get("/config")).json())["data"]
    assert config["signoff_ttl_hours"] == 12


async def test_pushed_items_are_read_at_once(client: Client) -> None:
    before = (await (await client.get("/classify/today")).json())["data"]
    await client.get("/roi/today")

    await push_items(client)

    after = (await (await client.get("/classify/today")).json())["data"]
    roi = (await (await client.get("/roi/today")).json())["data"]
    assert (before["total"], after["total"], roi["issues_processed"]) == (0, 1, 1)


async def test_a_signature_is_read_at_once(client: Client) -> None:
    brief = await write_brief(client)
    await client.get(f"/brief/{brief['id']}")

    await sign(client, brief, "Analyst", ANALYST)
    await sign(client, brief, "Strategy Head", HEAD)

    row = (await (await client.get(f"/brief/{brief['id']}")).json())["data"]["brief"]
    assert row["gate_open"]


async def test_a_run_is_shown_as_soon_as_it_is_begun_to_whoever_looks_on(client: Client) -> None:
    """The run is entered after its event: a page read at the event itself would not have it."""
    for _ in range(2):
        await client.get("/ingest/status")

    upload = await client.post(
        "/ingest/items",
        data=b"title\nA ferry strike in Brenn\n",
        headers={**ANALYST, "Content-Type": "text/csv"},
    )

    run = (await upload.json())["data"]
    status = (await (await client.get("/ingest/status")).json())["data"]
    shown = [*status["running"], *filter(None, [status["last_run"]])]
    assert (upload.status, run["id"] in [one["id"] for one in shown]) == (202, True)
