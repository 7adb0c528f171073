"""What the desk's settings do not take, each with a sentence that names the key."""

from typing import Any

import pytest

from engine import Engine
from tests.server.desk import ADMIN, Client

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"time_of_day": "25:00"}, "time_of_day must be a time of the 24 h clock as HH:MM"),
    ({"time_of_day": "7:00"}, "time_of_day must be a time of the 24 h clock as HH:MM"),
    ({"time_of_day": "07:00\n"}, "time_of_day must be a time of the 24 h clock as HH:MM"),
    ({"time_of_day": "٠٧:٠٠"}, "time_of_day must be a time of the 24 h clock as HH:MM"),
    ({"time_of_day": 7}, "'time_of_day'"),
    ({"time_of_day": None}, "'time_of_day'"),
    ({"days_of_week": ["mon", "someday"]}, "days_of_week must be a list of some of mon, tue"),
    ({"days_of_week": []}, "days_of_week must not be empty"),
    ({"days_of_week": ["mon", "mon"]}, "days_of_week lists something twice"),
    ({"days_of_week": "mon"}, "'days_of_week'"),
    ({"timezone": "Mars/Olympus"}, "timezone 'Mars/Olympus' is not an IANA time zone"),
    ({"timezone": "../../etc/passwd"}, "timezone '../../etc/passwd' is not an IANA time zone"),
    ({"timezone": "Z" * 100_000}, "is not an IANA time zone"),
    ({"cadence": "hourly"}, "cadence must be 'daily' or 'weekly'"),
    ({"audiences": ["Interns"]}, "known are CEO, COO, Director, Board, Members"),
    ({"audiences": []}, "audiences must not be empty"),
    ({"signoff_roles": ["Ann\x00"]}, "signoff_roles must be a list of names of 1 to 50"),
    ({"signoff_roles": ["admin", "Analyst"]}, "'admin' cannot be a sign-off role"),
    ({"signoff_ttl_hours": 0}, "signoff_ttl_hours must be a whole number of hours from 1 to 720"),
    ({"signoff_ttl_hours": 99.0}, "'signoff_ttl_hours'"),
    ({"autopublish": "yes"}, "'autopublish'"),
    ({"brief_min_priority": "urgent"}, "known are low, medium, high, critical"),
    ({"time_of_the_day": "07:00"}, "There is no field 'time_of_the_day': known are cadence"),
]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("change", "sentence"), REFUSED, ids=lambda given: str(given)[:40])
async def test_a_value_that_is_not_taken_is_400_in_a_sentence_that_names_its_key(
    shared_client: Client, change: dict[str, Any], sentence: str
) -> None:
    response = await shared_client.post("/config", json=change, headers=ADMIN)

    answer = await response.json()
    (key,) = change
    assert (response.status, answer["code"]) == (400, "invalid"), answer
    assert sentence in answer["error"]
    assert answer["details"]["field"].startswith(key)
    assert len(answer["error"]) < 300
    assert not {"regex", "$", "^"} & set(answer["error"].split()), answer["error"]


async def test_one_bad_key_changes_none_of_the_others(client: Client, engine: Engine) -> None:
    before, head = await engine.config.get(), engine.log.head

    answer = await client.post(
        "/config", json={"autopublish": True, "time_of_day": "noon"}, headers=ADMIN
    )

    assert answer.status == 400
    assert (await engine.config.get(), engine.log.head) == (before, head)
