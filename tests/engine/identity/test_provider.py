"""Keys are fetched when they are needed, kept when they cannot be, and asked for in measure."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from engine.errors import ProviderFailed, Unauthenticated
from engine.identity.provider import MAX_BYTES, PAUSE, Provider
from tests.engine.clock import FakeClock
from tests.engine.identity.issuer import Issuer, published, rsa_key


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().running() as issuer:
        yield issuer


@pytest.fixture
async def provider(issuer: Issuer, clock: FakeClock) -> AsyncIterator[Provider]:
    provider = Provider(issuer.url, issuer.jwks_url, clock)
    yield provider
    await provider.close()


async def test_a_key_is_fetched_once_for_everybody_who_waits(
    provider: Provider, issuer: Issuer
) -> None:
    found = await asyncio.gather(*(provider.key("k1", "RS256") for _ in range(50)))

    assert {key.kid for key in found} == {"k1"}
    assert issuer.asked == 1


async def test_a_new_key_is_found_without_waiting_for_the_schedule(
    provider: Provider, issuer: Issuer, clock: FakeClock
) -> None:
    await provider.key("k1", "RS256")
    issuer.keys = {"k2": published(rsa_key("k2"), "k2")}
    clock.now += PAUSE

    found = await provider.key("k2", "RS256")

    assert found.kid == "k2"
    assert provider.generation == 2
    with pytest.raises(Unauthenticated):
        await provider.key("k1", "RS256")


async def test_made_up_keys_do_not_make_the_desk_ask_again_and_again(
    provider: Provider, issuer: Issuer, clock: FakeClock
) -> None:
    await provider.key("k1", "RS256")

    for number in range(20):
        with pytest.raises(Unauthenticated, match="does not publish"):
            await provider.key(f"made-up-{number}", "RS256")

    assert issuer.asked == 1


async def test_known_keys_hold_while_the_provider_is_down(
    provider: Provider, issuer: Issuer, clock: FakeClock
) -> None:
    await provider.key("k1", "RS256")
    issuer.is_down = True
    clock.now += PAUSE

    await provider.refresh()

    assert (await provider.key("k1", "RS256")).kid == "k1"
    with pytest.raises(ProviderFailed):
        await provider.key("k2", "RS256")


async def test_a_provider_that_was_down_at_first_is_asked_again(
    provider: Provider, issuer: Issuer, clock: FakeClock
) -> None:
    issuer.is_down = True
    with pytest.raises(ProviderFailed):
        await provider.key("k1", "RS256")
    issuer.is_down = False

    with pytest.raises(ProviderFailed):
        await provider.key("k1", "RS256")
    clock.now += PAUSE

    assert (await provider.key("k1", "RS256")).kid == "k1"


async def test_a_token_that_names_no_key_is_the_only_fitting_ones(
    provider: Provider, issuer: Issuer, clock: FakeClock
) -> None:
    assert (await provider.key(None, "RS256")).kid == "k1"
    issuer.keys["k2"] = published(rsa_key("k2"), "k2")
    await provider.refresh()

    with pytest.raises(Unauthenticated):
        await provider.key(None, "RS256")


async def test_the_address_of_the_keys_is_discovered(issuer: Issuer, clock: FakeClock) -> None:
    provider = Provider(issuer.url, "", clock)

    assert (await provider.key("k1", "RS256")).kid == "k1"


BAD = {
    "another issuer's": ({"issuer": "https://elsewhere.example"}, "another issuer's"),
    "in clear text": ({"jwks_uri": "http://id.example/keys"}, "neither https nor on loopback"),
    "a file": ({"jwks_uri": "file:///etc/passwd"}, "neither https nor on loopback"),
    "half": ({"jwks_uri": None}, "cannot be read"),
}


@pytest.mark.parametrize(("change", "why"), BAD.values(), ids=BAD.keys())
async def test_a_discovery_that_cannot_be_trusted_gives_no_keys_and_the_log_says_why(
    issuer: Issuer, clock: FakeClock, change: dict[str, str], why: str
) -> None:
    issuer.discovered = {"issuer": issuer.url, "jwks_uri": issuer.jwks_url, **change}
    provider = Provider(issuer.url, "", clock)

    with pytest.raises(ProviderFailed), capture_logs() as lines:
        await provider.key("k1", "RS256")

    assert issuer.asked == 0
    assert why in lines[0]["reason"]


async def test_a_redirect_is_not_followed(issuer: Issuer, clock: FakeClock) -> None:
    provider = Provider(issuer.url, f"{issuer.url}/moved", clock)

    with pytest.raises(ProviderFailed):
        await provider.key("k1", "RS256")

    assert issuer.asked == 0


async def test_a_document_that_is_too_large_or_empty_leaves_the_keys_as_they_were(
    provider: Provider, issuer: Issuer
) -> None:
    await provider.key("k1", "RS256")

    for body in (b" " * (MAX_BYTES + 1), b'{"keys": []}'):
        issuer.body = body
        await provider.refresh()

    assert (await provider.key("k1", "RS256")).kid == "k1"
    assert provider.generation == 1


async def test_a_provider_that_does_not_answer_in_time_has_failed(
    issuer: Issuer, clock: FakeClock
) -> None:
    issuer.gate.clear()
    provider = Provider(issuer.url, issuer.jwks_url, clock, timeout_s=0.05)

    with pytest.raises(ProviderFailed):
        await provider.key("k1", "RS256")

    issuer.gate.set()
