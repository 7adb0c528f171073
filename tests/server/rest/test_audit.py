"""The audit log over REST: pages, files, and who may read them."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from engine import Engine
from engine.desk.config import ConfigChange
from engine.events.access import AccessRefused
from engine.events.event import Event
from engine.model import SYSTEM, AuditRow
from server.rest import audit
from server.rest.audit_files import COLUMNS, csv_page
from tests.loop_watch import LIMIT_S, watching
from tests.server.desk import ADMIN, ANALYST, Client, push_items


async def rows_of(client: Client, query: str = "") -> list[dict[str, object]]:
    answer = await client.get(f"/audit?{query}", headers=ADMIN)
    rows: list[dict[str, object]] = (await answer.json())["data"]["rows"]
    return rows


async def test_a_period_is_from_inclusive_to_exclusive(client: Client) -> None:
    await push_items(client)
    first, second, *_ = [row["time"] for row in await rows_of(client)]

    between = await client.get("/audit", params={"from": first, "to": second}, headers=ADMIN)

    assert {row["time"] for row in (await between.json())["data"]["rows"]} == {first}


async def test_csv_has_every_row_and_a_head(client: Client) -> None:
    await push_items(client)

    answer = await client.get("/audit?format=csv", headers=ADMIN)

    assert answer.content_type == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    head, *lines = csv.reader(io.StringIO(await answer.text()))
    assert tuple(head) == COLUMNS
    assert [line[0] for line in lines] == [row["cursor"] for row in await rows_of(client)]


async def test_json_lines_come_by_accept(client: Client) -> None:
    await push_items(client)

    answer = await client.get("/audit", headers={**ADMIN, "Accept": "application/x-ndjson"})

    lines = [json.loads(line) for line in (await answer.text()).splitlines()]
    assert lines == await rows_of(client)


async def test_a_file_goes_over_page_after_page_up_to_its_limit(
    client: Client, engine: Engine
) -> None:
    for number in range(30):
        await engine.access.issue_token(SYSTEM, f"Person {number}", ("viewer",), None)

    async def cursors(query: str) -> list[str]:
        text = await (await client.get(f"/audit?format=jsonl&{query}", headers=ADMIN)).text()
        return [json.loads(line)["cursor"] for line in text.splitlines()]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "PORTION", 7)
        whole, limited = await cursors(""), await cursors("limit=10")

    assert len(whole) == engine.log.head
    assert limited == whole[:10]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
def test_no_cell_is_a_formula(start: str) -> None:
    row = AuditRow(
        cursor="e1-1",
        type="access.refused",
        subject=f"{start}cmd|' /C calc'!A0",
        time=datetime(2026, 3, 4, tzinfo=UTC),
        hash="00",
        data={"a": 1},
    )

    (line,) = csv.reader(io.StringIO(csv_page([row]).decode(), newline=""))

    assert line[3] == f"'{row.subject}"


@pytest.mark.parametrize("kind", ["json", "csv", "jsonl"])
async def test_the_log_is_for_auditors(client: Client, kind: str) -> None:
    assert (await client.get(f"/audit?format={kind}", headers=ANALYST)).status == 403


@pytest.mark.parametrize(
    ("roles", "withheld", "topics"),
    [
        (("admin",), [], {"access", "audit", "config"}),
        (("auditor",), ["access"], {"audit", "config"}),
        (("auditor", "admin"), [], {"access", "audit", "config"}),
    ],
)
@pytest.mark.parametrize("kind", ["json", "jsonl"])
async def test_who_reads_what_of_the_log(
    client: Client,
    engine: Engine,
    roles: tuple[str, ...],
    withheld: list[str],
    topics: set[str],
    kind: str,
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Otto", roles, None)
    await engine.config.change(SYSTEM, ConfigChange(autopublish=True))
    await engine.notary.rotate(SYSTEM)
    reader = {"Authorization": f"Bearer {issued.token}"}

    answer = await client.get(f"/audit?format={kind}", headers=reader)

    if kind == "json":
        page = (await answer.json())["data"]
        rows = page["rows"]
        assert page["withheld"] == withheld
    else:
        rows = [json.loads(line) for line in (await answer.text()).splitlines()]
    told = {row["type"].partition(".")[0] for row in rows}
    assert told & {"access", "audit", "config"} == topics


@pytest.mark.parametrize("role", ["viewer", "Analyst", "Strategy Head"])
async def test_who_is_neither_auditor_nor_admin_reads_nothing_of_it(
    client: Client, engine: Engine, role: str
) -> None:
    issued = await engine.access.issue_token(SYSTEM, "Mo", (role,), None)
    reader = {"Authorization": f"Bearer {issued.token}"}

    answers = [await client.get(path, headers=reader) for path in ("/audit", "/audit/verify")]

    assert [answer.status for answer in answers] == [403, 403]


async def test_a_forbidden_request_is_in_the_log_once_a_minute(client: Client) -> None:
    for _ in range(3):
        await client.get("/tokens", headers=ANALYST)

    (row,) = await rows_of(client, "type=access.refused")
    assert row["data"] == {
        "principal_id": "demo-analyst",
        "name": "Demo Analyst",
        "message": "Demo Analyst may not do this: it takes admin.",
        "count": 1,
    }


async def test_a_failed_sign_in_is_in_the_log_and_nothing_of_the_token(client: Client) -> None:
    answer = await client.post("/session", json={"token": "wr_guessed-by-somebody"})

    assert answer.status == 401
    (row,) = await rows_of(client, "type=access.sign_in_failed")
    assert row["data"] == {"method": "session", "count": 1}


async def test_a_new_key_is_made_by_an_admin(client: Client, engine: Engine) -> None:
    refused = await client.post("/audit/key", headers=ANALYST)
    made = await client.post("/audit/key", headers=ADMIN)

    assert (refused.status, made.status) == (403, 200)
    assert (await made.json())["data"]["endorsed_by"] != ""


async def test_a_large_file_never_holds_the_loop(
    client: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(600):
        await engine.refusals._context.write(lambda tx, n=number: tx.record(large(n)))  # type: ignore[misc]
    with monkeypatch.context() as patch, watching(patch) as watch:
        answer = await client.get("/audit?format=csv", headers=ADMIN)
        size = 0
        async for part in answer.content.iter_any():
            size += len(part)

    assert size > 600 * 10_000
    assert watch.worst < LIMIT_S, watch.what


def large(number: int) -> Event:
    message = f"Person {number} may not do this. " * 400
    return AccessRefused(principal_id=f"per-{number}", name="Mo", message=message, count=1)
