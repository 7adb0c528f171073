"""People, roles and the second admin over REST."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import Engine
from engine.model import SYSTEM
from tests.server.desk import ADMIN, ANALYST, Client, sign, write_brief

DAYS = (datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (-1, 30))
FROM, UNTIL = (day.isoformat().replace("+00:00", "Z") for day in DAYS)
TERM = {"role": "Analyst", "from": FROM, "until": UNTIL}


@pytest.fixture
async def second(engine: Engine) -> dict[str, str]:
    """Another admin, made on the host."""
    issued = await engine.access.issue_token(SYSTEM, "Abe Holm", ("admin",), None)
    return {"Authorization": f"Bearer {issued.token}"}


@pytest.fixture
async def ann(engine: Engine) -> str:
    """The id of somebody without a role."""
    issued = await engine.access.issue_token(SYSTEM, "Ann Berg", (), None)
    return issued.row.principal_id


async def data(response: Any, status: int = 200) -> Any:
    assert response.status == status, await response.text()
    return (await response.json())["data"]


async def test_a_grant_of_a_sign_off_role_is_accepted_and_waits(
    client: Client, ann: str, second: dict[str, str]
) -> None:
    asked = await client.post(f"/people/{ann}/roles", json={"role": "Analyst"}, headers=ADMIN)

    change = await data(asked, 202)
    assert (change["what"]["kind"], change["state"]) == ("grant", "waiting")
    assert await data(await client.get("/changes", headers=second)) == [change]
    done = await data(await client.post(f"/changes/{change['id']}/confirm", headers=second))
    assert done["state"] == "confirmed"
    people = await data(await client.get("/people", headers=ADMIN))
    assert next(one for one in people if one["id"] == ann)["roles"] == ["Analyst"]


async def test_the_one_who_asked_cannot_confirm(client: Client, ann: str) -> None:
    asked = await client.post(f"/people/{ann}/roles", json={"role": "admin"}, headers=ADMIN)
    change = await data(asked, 202)

    refused = await client.post(f"/changes/{change['id']}/confirm", headers=ADMIN)

    assert (refused.status, (await refused.json())["code"]) == (409, "same_person")
    taken_back = await client.delete(f"/changes/{change['id']}", headers=ADMIN)
    assert (await data(taken_back))["state"] == "refused"


async def test_what_takes_one_admin_is_done_at_once(client: Client, ann: str) -> None:
    granted = await client.post(f"/people/{ann}/roles", json={"role": "viewer"}, headers=ADMIN)

    assert (await data(granted))["roles"] == ["viewer"]
    taken = await client.delete(f"/people/{ann}/roles/viewer", headers=ADMIN)
    assert (await data(taken))["roles"] == []


async def test_a_role_with_a_space_is_taken_away_and_its_sign_off_with_it(
    client: Client, second: dict[str, str]
) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)

    taken = await client.delete("/people/demo-analyst/roles/Analyst", headers=ADMIN)
    again = await client.delete("/people/demo-strategy-head/roles/Strategy%20Head", headers=ADMIN)

    assert (await data(taken))["roles"] == (await data(again))["roles"] == []
    view = await data(await client.get(f"/brief/{brief['id']}"))
    assert view["brief"]["missing_roles"] == ["Analyst", "Strategy Head"]
    assert "took the role Analyst away" in view["brief"]["signoffs"][0]["voided"]
    late = await sign(client, brief, "Analyst", ANALYST)
    assert (await late.json())["code"] in ("not_allowed", "role_not_held")


async def test_a_deputyship_waits_too(client: Client, ann: str, second: dict[str, str]) -> None:
    asked = await client.post(f"/people/{ann}/deputies", json=TERM, headers=ADMIN)
    change = await data(asked, 202)
    await client.post(f"/changes/{change['id']}/confirm", headers=second)

    people = await data(await client.get("/people", headers=ADMIN))

    assert next(one for one in people if one["id"] == ann)["deputy_of"] == [TERM]
    ended = await client.delete(f"/people/{ann}/deputies/Analyst", headers=ADMIN)
    assert (await data(ended))["deputy_of"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"role": "Analyst", "from": "2026-01-01T00:00:00", "until": "2026-02-01T00:00:00"},
        {"role": "Analyst", "from": "2026-01-01T00:00:00Z"},
        {**TERM, "forever": True},
        {**TERM, "role": "An\x00alyst"},
    ],
)
async def test_a_deputyship_that_cannot_be_meant_is_400(
    client: Client, ann: str, body: dict[str, Any]
) -> None:
    assert (await client.post(f"/people/{ann}/deputies", json=body, headers=ADMIN)).status == 400


async def test_loosening_the_policy_is_accepted_and_waits(
    client: Client, second: dict[str, str]
) -> None:
    asked = await client.post("/config", json={"require_dual_signoff": False}, headers=ADMIN)

    change = await data(asked, 202)
    assert (await data(await client.get("/config")))["require_dual_signoff"]
    await client.post(f"/changes/{change['id']}/confirm", headers=second)
    assert not (await data(await client.get("/config")))["require_dual_signoff"]


async def test_asking_again_under_one_key_is_answered_as_before(client: Client, ann: str) -> None:
    headers = {**ADMIN, "Idempotency-Key": "grant-1"}
    body = {"role": "Analyst"}

    first = await client.post(f"/people/{ann}/roles", json=body, headers=headers)
    again = await client.post(f"/people/{ann}/roles", json=body, headers=headers)

    assert (first.status, again.status) == (202, 202)
    assert await first.text() == await again.text()


async def test_a_token_gains_no_sign_off_role_and_the_refusal_says_how(client: Client) -> None:
    body = {"name": "Ann Berg", "roles": ["Analyst"]}

    refused = await client.post("/tokens", json=body, headers=ADMIN)

    answer = await refused.json()
    assert (refused.status, answer["code"]) == (403, "takes_two")
    assert "POST /people/{id}/roles" in answer["error"]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/people"), ("GET", "/changes"), ("DELETE", "/changes/chg-1")],
)
async def test_people_are_for_admins(client: Client, method: str, path: str) -> None:
    assert (await client.request(method, path, headers=ANALYST)).status == 403
    assert (await client.request(method, path)).status == 401
