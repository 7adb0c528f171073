"""The desk over REST: from pushed items to two sign-offs to the package, and its refusals."""

import io
import zipfile
from typing import Any

import pytest

from tests.server.desk import ADMIN, ANALYST, HEAD, Client, push_items, sign, write_brief

HOLD = {"reason": "A fire drill."}


async def content(response: Any, status: int = 200) -> Any:
    assert response.status == status, await response.text()
    answer = await response.json()
    assert (answer["success"], answer["error"]) == (True, None)
    return answer["data"]


# -- issues --------------------------------------------------------------------------------------


async def test_pushed_items_become_an_issue_of_today(client: Client) -> None:
    issue_id = await push_items(client)

    page = await content(await client.get("/classify/today"))

    assert (page["total"], page["issues"][0]["id"]) == (1, issue_id)
    assert 0 <= page["issues"][0]["score"] <= 1


async def test_today_can_be_narrowed_and_paged(client: Client) -> None:
    await push_items(client)
    quadrant = (await content(await client.get("/classify/today")))["issues"][0]["quadrant"]
    other = next(q for q in ("Policy", "Industry", "Advocacy", "Risk") if q != quadrant)

    assert (await content(await client.get(f"/classify/today?quadrant={other}")))["total"] == 0
    assert (await content(await client.get("/classify/today?offset=1")))["issues"] == []
    assert (await content(await client.get("/classify/today?role=director&limit=1")))["issues"]


async def test_a_correction_is_a_persons_and_stays(client: Client) -> None:
    issue_id = await push_items(client)

    issue = await content(
        await client.post(
            f"/classify/{issue_id}/correct", json={"quadrant": "Advocacy"}, headers=ANALYST
        )
    )

    assert issue["quadrant"] == "Advocacy"
    assert issue["corrected_by"]


async def test_an_issue_is_merged_and_split_over_rest(client: Client) -> None:
    first = await push_items(client)
    elm = {
        "items": [{"title": f"Elm blight found in the parks of Oskarsby, ward {n}"} for n in (1, 2)]
    }
    await content(await client.post("/ingest/items", json=elm, headers=ANALYST))
    listed = (await content(await client.get("/classify/today")))["issues"]
    second = next(issue["id"] for issue in listed if issue["id"] != first)

    merged = await content(
        await client.post(f"/classify/{second}/merge", json={"into": first}, headers=ANALYST)
    )
    gone = await client.get(f"/brief/{second}")
    strange = await client.post(
        f"/classify/{first}/split", json={"items": ["no-such"]}, headers=ANALYST
    )

    assert merged["id"] == first
    refusal = await gone.json()
    assert (gone.status, refusal["code"]) == (410, "merged")
    assert refusal["details"] == {"into": first}
    assert strange.status == 400


async def test_an_item_is_withdrawn_over_rest(client: Client) -> None:
    brief = await write_brief(client)
    item_id = (await content(await client.get(f"/brief/{brief['id']}")))["content"]["evidence"][0][
        "item_id"
    ]
    path = f"/ingest/items/{item_id}/withdraw"

    bare = await client.post(path, json={"reason": " "}, headers=ANALYST)
    row = await content(await client.post(path, json={"reason": "In error"}, headers=ANALYST))
    again = await client.post(path, json={"reason": "In error"}, headers=ANALYST)

    assert (bare.status, again.status) == (400, 409)
    assert (row["id"], row["reason"]) == (item_id, "In error")


# -- briefs --------------------------------------------------------------------------------------


async def test_a_brief_is_read_whole_and_through_each_lens(client: Client) -> None:
    brief = await write_brief(client)

    view = await content(await client.get(f"/brief/{brief['id']}"))
    lenses = [
        await content(await client.get(f"/brief/{brief['id']}?lens={name}"))
        for name in ("ceo", "coo", "director")
    ]

    assert view["content"]["summary"]
    assert [lens["lens"] for lens in lenses] == ["ceo", "coo", "director"]


async def test_an_edit_makes_a_revision_and_voids_the_signature(client: Client) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)

    view = await content(
        await client.put(
            f"/brief/{brief['id']}",
            json={"title": "Harbour tolls, in our own words"},
            headers={**HEAD, "If-Match": f'"{brief["digest"]}"'},
        )
    )

    assert view["brief"]["revision"] == brief["revision"] + 1
    assert "Analyst" in view["brief"]["missing_roles"]


async def test_an_edit_of_what_has_changed_is_409(client: Client) -> None:
    brief = await write_brief(client)

    response = await client.put(
        f"/brief/{brief['id']}", json={"title": "Late"}, headers={**HEAD, "If-Match": '"old"'}
    )

    assert (response.status, (await response.json())["code"]) == (409, "stale_digest")


async def test_a_brief_is_opened_for_review(client: Client) -> None:
    brief = await write_brief(client)

    view = await content(await client.post(f"/brief/{brief['id']}/review", headers=ANALYST))

    assert view["brief"]["state"] == "in_review"


async def test_without_a_proposal_there_is_nothing_to_adopt(client: Client) -> None:
    brief = await write_brief(client)

    response = await client.post(
        f"/brief/{brief['id']}/adopt",
        headers={**ANALYST, "If-Match": f'"{brief["digest"]}"'},
    )

    assert response.status == 409


async def test_assets_are_marked_until_the_gate_is_open(client: Client) -> None:
    brief = await write_brief(client)

    made = await content(
        await client.post("/assets/generate", json={"brief_id": brief["id"], "audience": "Board"})
    )

    assert made["marking"] == "DRAFT – UNSIGNED"
    assert made["assets"]["linkedin"]


# -- review and export ---------------------------------------------------------------------------


async def test_an_export_with_missing_signatures_is_403_and_names_the_roles(
    client: Client,
) -> None:
    brief = await write_brief(client)

    response = await client.post(f"/export/{brief['id']}", headers=ANALYST)

    answer = await response.json()
    assert (response.status, answer["code"]) == (403, "gate_shut")
    assert set(answer["details"]["missing"]) == {"Analyst", "Strategy Head"}


async def test_two_signatures_open_the_gate_and_a_package_leaves(client: Client) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)
    await sign(client, brief, "Strategy Head", HEAD)

    response = await client.post(f"/export/{brief['id']}", headers=HEAD)

    assert response.headers["Content-Type"] == "application/zip"
    assert response.headers["Content-Disposition"].startswith(
        f'attachment; filename="{brief["id"]}'
    )
    with zipfile.ZipFile(io.BytesIO(await response.read())) as package:
        assert "manifest.json" in package.namelist()


async def test_a_package_can_be_downloaded_again(client: Client) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)
    await sign(client, brief, "Strategy Head", HEAD)
    first = await client.post(f"/export/{brief['id']}", headers=HEAD)

    again = await client.get(f"/export/{brief['id']}")
    known = {"If-None-Match": again.headers["ETag"]}

    assert await again.read() == await first.read()
    assert (await client.get(f"/export/{brief['id']}", headers=known)).status == 304
    assert len(await content(await client.get("/exports/today"))) == 1


async def test_what_left_is_held_against_what_it_says(client: Client) -> None:
    brief = await write_brief(client)
    before = await client.get(f"/export/{brief['id']}/verify")
    await sign(client, brief, "Analyst", ANALYST)
    await sign(client, brief, "Strategy Head", HEAD)
    await client.post(f"/export/{brief['id']}", headers=HEAD)

    found = await content(await client.get(f"/export/{brief['id']}/verify"))

    assert before.status == 404
    assert (found["ok"], found["problems"]) == (True, [])
    assert found["manifest"]["digest"] == brief["digest"]


async def test_while_interrupted_nothing_is_exported(client: Client) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)
    await sign(client, brief, "Strategy Head", HEAD)
    held = await content(await client.post("/review/interrupt", json=HOLD, headers=ANALYST))

    response = await client.post(f"/export/{brief['id']}", headers=HEAD)

    assert held["active"]
    assert (response.status, (await response.json())["code"]) == (409, "interrupted")
    assert not (await content(await client.post("/review/resume", headers=HEAD)))["active"]


async def test_a_signature_on_another_digest_is_409(client: Client) -> None:
    brief = await write_brief(client)

    response = await sign(client, {**brief, "digest": "0" * 64}, "Analyst", ANALYST)

    assert (response.status, (await response.json())["code"]) == (409, "stale_digest")


async def test_a_role_that_is_not_held_cannot_sign(client: Client) -> None:
    brief = await write_brief(client)

    response = await sign(client, brief, "Strategy Head", ANALYST)

    assert (response.status, (await response.json())["code"]) == (403, "role_not_held")


async def test_one_signature_covers_the_edition_that_was_read(client: Client) -> None:
    brief = await write_brief(client)
    status = await content(await client.get("/review/status"))
    body = {"role": "Analyst", "approve": True, "digest": status["digest"]}

    reply = await content(await client.post("/review/signoff", json=body, headers=ANALYST))

    assert [row["id"] for row in reply["signed"]] == [brief["id"]]


async def test_an_approval_can_be_withdrawn(client: Client) -> None:
    brief = await write_brief(client)
    await sign(client, brief, "Analyst", ANALYST)

    row = await content(
        await client.post(
            "/review/withdraw", json={"brief_id": brief["id"], "role": "Analyst"}, headers=ANALYST
        )
    )

    assert "Analyst" in row["missing_roles"]


async def test_a_decline_stays_until_its_role_clears_it(client: Client) -> None:
    brief = await write_brief(client)
    decline = {
        "role": "Analyst",
        "approve": False,
        "brief_id": brief["id"],
        "digest": brief["digest"],
        "note": "The tolls are wrong.",
    }
    reply = await content(await client.post("/review/signoff", json=decline, headers=ANALYST))

    cleared = await content(
        await client.post(
            "/review/clear",
            json={"brief_id": brief["id"], "role": "Analyst", "reason": "Checked again."},
            headers=ANALYST,
        )
    )

    assert len(reply["signed"][0]["declines"]) == 1
    assert cleared["declines"] == []


# -- ingest and sources --------------------------------------------------------------------------


async def test_a_csv_file_can_be_sent_as_it_is(client: Client) -> None:
    file = b"Headline,Body\nCalder bridge closes,The old bridge at Calder closes in May.\n"

    run = await content(
        await client.post(
            "/ingest/items?title=Bridges&columns=title:Headline,text:Body",
            data=file,
            headers={**ANALYST, "Content-Type": "text/csv"},
        ),
        202,
    )

    assert run["id"].startswith("run-")


async def test_an_item_of_no_certain_time_costs_itself_alone(client: Client) -> None:
    times = (
        "2026-03-02T06:00:00+02:00",
        "2026-03-02T06:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1969-12-31T23:59:59Z",
    )
    asked = [{"title": f"Calder notice {at}", "published": at} for at in times]

    run = await content(await client.post("/ingest/items", json={"items": asked}, headers=ANALYST))

    assert (run["read"], run["rejected"]) == (5, 4)
    assert [(one["position"], one["reason"]) for one in run["rejects"]] == [
        (2, "Its published time has no time zone."),
        (3, "It was published in 1, which is not from 1970 to 2100."),
        (4, "It was published in 9999, which is not from 1970 to 2100."),
        (5, "It was published in 1969, which is not from 1970 to 2100."),
    ]


async def test_an_item_with_neither_title_nor_text_costs_itself_alone(client: Client) -> None:
    asked = [
        {"text": "Calder's dockers vote on Monday. The port waits."},
        {"url": "https://a.example/"},
    ]

    run = await content(await client.post("/ingest/items", json={"items": asked}, headers=ANALYST))

    assert (run["read"], run["new"]) == (2, 1)
    assert [(one["position"], one["reason"]) for one in run["rejects"]] == [
        (2, "It has neither a title nor a text.")
    ]
    (row,) = (await content(await client.get("/classify/today", headers=ANALYST)))["issues"]
    assert row["title"] == "Calder's dockers vote on Monday."


async def test_a_source_is_added_paused_listed_and_removed(client: Client) -> None:
    asked = {"location": "https://courier.example/feed.xml", "title": "Calder Courier"}
    row = await content(await client.post("/ingest/sources", json=asked, headers=ADMIN), 201)
    path = f"/ingest/sources/{row['source']['id']}"

    paused = await content(await client.patch(path, json={"paused": True}, headers=ANALYST))
    listed = await content(await client.get("/ingest/sources"))
    await content(await client.delete(path, headers=ADMIN))

    assert paused["source"]["paused"]
    assert row["source"]["id"] in [one["source"]["id"] for one in listed]
    assert await content(await client.get("/ingest/sources")) == []


async def test_a_run_starts_and_is_shown_as_started(client: Client) -> None:
    run = await content(await client.post("/ingest/run", headers=ANALYST), 202)

    assert run["finished"] is None


async def test_a_run_over_an_unknown_source_is_404(client: Client) -> None:
    response = await client.post("/ingest/run", json={"sources": ["no-such"]}, headers=ANALYST)

    assert response.status == 404


# -- tokens and audit ----------------------------------------------------------------------------


async def test_a_tokens_secret_is_shown_once(client: Client) -> None:
    made = await content(
        await client.post("/tokens", json={"name": "Ann Berg", "roles": ["viewer"]}, headers=ADMIN),
        201,
    )

    listed = await (await client.get("/tokens", headers=ADMIN)).text()

    assert made["token"].startswith("wr_")
    assert made["token"] not in listed
    assert made["row"]["id"] in listed


async def test_the_audit_log_is_paged_and_holds(client: Client) -> None:
    await push_items(client)

    first = await content(await client.get("/audit?limit=1", headers=ADMIN))
    rest = await content(await client.get(f"/audit?after={first['next_after']}", headers=ADMIN))
    chain = await content(await client.get("/audit/verify", headers=ADMIN))

    assert len(first["rows"]) == 1
    assert rest["next_after"] is None
    assert chain["ok"]


@pytest.mark.parametrize("query", ["type=edition.opened", "subject=nothing-has-this-subject"])
async def test_the_audit_log_can_be_narrowed(client: Client, query: str) -> None:
    page = await content(await client.get(f"/audit?{query}", headers=ADMIN))

    assert {row["type"] for row in page["rows"]} <= {"edition.opened"}
