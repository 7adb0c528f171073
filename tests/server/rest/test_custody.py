"""Legal holds and erasure over REST."""

import pytest

from tests.server.desk import ADMIN, ANALYST, Client, push_items


async def test_a_hold_is_added_listed_and_ended(client: Client) -> None:
    made = await client.post("/holds", json={"subject": "reed-bed", "why": "claim"}, headers=ADMIN)
    listed = await client.get("/holds", headers=ADMIN)
    ended = await client.delete("/holds?subject=reed-bed", headers=ADMIN)
    again = await client.delete("/holds?subject=reed-bed", headers=ADMIN)

    assert (made.status, ended.status, again.status) == (201, 200, 404)
    assert [row["subject"] for row in (await listed.json())["data"]] == ["reed-bed"]


async def test_what_is_held_is_not_erased(client: Client) -> None:
    hold = {"subject": "Demo Analyst", "why": "claim"}
    await client.post("/holds", json=hold, headers=ADMIN)

    refused = await client.post(
        "/erase", json={"person": "Demo Analyst", "why": "asked"}, headers=ADMIN
    )

    assert (refused.status, (await refused.json())["code"]) == (409, "on_hold")


async def test_an_erased_person_is_nobody_and_the_log_holds(client: Client) -> None:
    await push_items(client)

    erased = await client.post(
        "/erase", json={"person": "Demo Analyst", "why": "asked"}, headers=ADMIN
    )
    who = await client.get("/session", headers=ANALYST)
    proof = await (await client.get("/audit/verify", headers=ADMIN)).json()

    assert erased.status == 200
    assert who.status == 401
    assert proof["data"]["ok"], proof


@pytest.mark.parametrize(
    "body", [{"why": "both", "person": "A", "item": "b"}, {"why": "neither"}, {"person": "A"}]
)
async def test_an_erasure_names_one_thing_and_a_reason(
    client: Client, body: dict[str, str]
) -> None:
    assert (await client.post("/erase", json=body, headers=ADMIN)).status == 400


async def test_erasing_and_holding_are_for_admins(client: Client) -> None:
    erase = await client.post("/erase", json={"person": "x", "why": "y"}, headers=ANALYST)
    hold = await client.post("/holds", json={"subject": "x", "why": "y"}, headers=ANALYST)

    assert (erase.status, hold.status) == (403, 403)
