"""The inbox and the difference over REST."""

from typing import Any

from tests.server.desk import ANALYST, HEAD, Client, sign, write_brief


async def data(response: Any) -> Any:
    assert response.status == 200, await response.text()
    return (await response.json())["data"]


async def test_the_inbox_names_the_difference_and_the_difference_is_there(client: Client) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)
    headers = {**HEAD, "If-Match": f'"{brief["digest"]}"'}
    await client.put(f"/brief/{brief['id']}", json={"title": "In our words"}, headers=headers)

    (again,) = (await data(await client.get("/review/inbox", headers=ANALYST)))["voided"]
    shown = await data(await client.get(again["difference"]))

    assert again["signed_digest"] == brief["digest"]
    assert shown["digest"] == again["digest"] != brief["digest"]
    assert "+Title: In our words" in shown["diff"]


async def test_two_earlier_revisions_are_compared_too(client: Client) -> None:
    first = await write_brief(client)
    headers = {**HEAD, "If-Match": f'"{first["digest"]}"'}
    path = f"/brief/{first['id']}"
    second = await data(await client.put(path, json={"title": "Second words"}, headers=headers))
    headers["If-Match"] = f'"{second["brief"]["digest"]}"'
    await client.put(path, json={"title": "Third words"}, headers=headers)

    until = second["brief"]["digest"]
    shown = await data(await client.get(f"{path}/difference?since={first['digest']}&until={until}"))

    assert shown["digest"] == until
    assert "+Title: Second words" in shown["diff"]
    assert [row["number"] for row in shown["revisions"]] == [2]


async def test_nobody_has_no_inbox_even_where_reads_are_open(client: Client) -> None:
    assert (await client.get("/review/inbox")).status == 401


async def test_a_difference_needs_a_digest_that_was_read(client: Client) -> None:
    brief = await write_brief(client)

    without = await client.get(f"/brief/{brief['id']}/difference")
    unknown = await client.get(f"/brief/{brief['id']}/difference?since={'0' * 64}")

    assert (without.status, unknown.status) == (400, 404)
