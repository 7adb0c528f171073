"""What is not a credential: refused, changing nothing, and never in the log."""

import base64
import json
import logging

import pytest

from tests.server.desk import ADMIN, Client

MARK = "c2VjcmV0LW1hcms"


def _part(content: dict[str, str]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


UNSIGNED = f"{_part({'alg': 'none'})}.{_part({'sub': 'demo-admin'})}.{MARK}"
BAD = {
    "unknown": f"wr_{MARK}",
    "truncated": "demo-admi",
    "padded": f"demo-admin{MARK}",
    "another case": "DEMO-ADMIN",
    "an unsigned JWT": UNSIGNED,
    "half a JWT": UNSIGNED[:20],
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
async def test_a_bad_token_is_401_in_one_sentence_that_does_not_echo_it(
    client: Client, token: str
) -> None:
    response = await client.get("/session", headers={"Authorization": f"Bearer {token}"})

    answer = await response.json()
    assert (response.status, answer["code"]) == (401, "not_authenticated")
    assert token not in json.dumps(answer)


@pytest.mark.parametrize("token", BAD.values(), ids=BAD.keys())
async def test_a_bad_token_is_in_no_log(
    client: Client,
    token: str,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    # The desk serves without this log, which writes the query; the test client does not.
    monkeypatch.setattr(logging.getLogger("aiohttp.access"), "disabled", True)

    await client.get("/session", headers={"Authorization": f"Bearer {token}"})
    await client.post("/session", json={"token": token})
    await client.get(f"/session?token={token}")

    out, err = capfd.readouterr()
    assert token not in caplog.text + out + err


async def test_a_token_of_100_kb_is_refused_before_it_is_looked_up(client: Client) -> None:
    response = await client.get("/session", headers={"Authorization": f"Bearer {'a' * 100_000}"})

    assert response.status == 400


async def test_a_role_name_with_a_control_character_issues_no_token(client: Client) -> None:
    body = {"name": "Ann Berg", "roles": ["viewer\u0000admin"]}

    response = await client.post("/tokens", json=body, headers=ADMIN)

    listed = await (await client.get("/tokens", headers=ADMIN)).json()
    assert response.status == 400
    assert "Ann Berg" not in json.dumps(listed)
