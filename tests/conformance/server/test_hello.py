"""Handshake, hello and signing in."""

import aiohttp
import pytest

from tests.conformance.server.desk import Desk
from tests.conformance.server.speaking import JSON, MSGPACK, connected, talking

pytestmark = pytest.mark.xdist_group("conformance")


async def test_hello_comes_first_and_says_where_the_log_is(desk: Desk) -> None:
    async with connected(desk) as (_, hello):
        pass

    assert hello["op"] == "hello"
    assert hello["session"]
    assert hello["head"].startswith(f"{hello['epoch']}-")
    assert hello["heartbeat_s"] > 0
    assert hello["auth"] == "ok"
    assert {"id", "name", "roles"} <= set(hello["principal"])


@pytest.mark.parametrize("protocol", [JSON, MSGPACK])
async def test_the_offered_subprotocol_is_taken(desk: Desk, protocol: str) -> None:
    async with connected(desk, protocol=protocol) as (talker, hello):
        assert talker.socket.subprotocol == protocol
        assert hello["op"] == "hello"


async def test_json_is_the_default(desk: Desk) -> None:
    async with connected(desk, protocol=None) as (talker, hello):
        answer = await talker.ask("ping")

    assert (hello["op"], answer["op"]) == ("hello", "pong")


async def test_sessions_have_names_of_their_own(desk: Desk) -> None:
    async with connected(desk) as (_, one), connected(desk) as (_, other):
        pass

    assert one["session"] != other["session"]


async def test_without_a_credential_hello_asks_for_one(closed_desk: Desk) -> None:
    async with connected(closed_desk, token="") as (talker, hello):
        if hello["auth"] == "ok":
            pytest.skip("This desk lets readers in without a credential.")
        answer = await talker.ask("auth", token=closed_desk.token)
        subscribed = await talker.follow("issue")

    assert (hello["auth"], hello["principal"]) == ("required", None)
    assert answer["op"] == "ok"
    assert subscribed["op"] == "subscribed"


async def test_nothing_is_heard_before_auth(closed_desk: Desk) -> None:
    async with connected(closed_desk, token="") as (talker, hello):
        if hello["auth"] == "ok":
            pytest.skip("This desk lets readers in without a credential.")
        answer = await talker.ask("subscribe", topics=["issue"])
        code = await talker.code()

    assert (answer["op"], answer["code"], code) == ("error", "not_authenticated", 4401)


async def test_no_credential_in_time_closes(closed_desk: Desk) -> None:
    async with connected(closed_desk, token="") as (talker, hello):
        if hello["auth"] == "ok":
            pytest.skip("This desk lets readers in without a credential.")
        answer = await talker.op("error")
        code = await talker.code()

    assert (answer["code"], code) == ("auth_timeout", 4408)


async def test_a_wrong_token_is_answered_and_closes(desk: Desk) -> None:
    async with talking(desk) as talker:
        answer = await talker.ask("auth", token="wr_nobody")
        code = await talker.code()

    assert (answer["op"], answer["code"], code) == ("error", "not_authenticated", 4401)


@pytest.mark.parametrize("given", [{}, {"token": "a", "ticket": "b"}])
async def test_auth_takes_exactly_one_credential(desk: Desk, given: dict[str, str]) -> None:
    async with talking(desk) as talker:
        await talker.say("auth", **given)
        answer = await talker.op("error")
        code = await talker.code()

    assert (answer["code"], code) == ("bad_message", 4400)


async def test_a_credential_in_the_address_is_refused(desk: Desk) -> None:
    async with aiohttp.ClientSession() as http:
        for path in ("/ws", "/events"):
            async with http.get(f"{desk.url}{path}?token=wr_secret") as answer:
                assert 400 <= answer.status < 500


async def test_a_revoked_token_ends_its_stream(desk: Desk) -> None:
    guest = await desk.token_for("viewer")
    async with talking(desk, token=guest["token"]) as talker:
        await talker.follow("issue")
        await desk.call("DELETE", f"/tokens/{guest['row']['id']}")
        code = await talker.code()

    assert code == 4401
