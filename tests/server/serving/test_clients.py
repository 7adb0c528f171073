"""Who the client is, whatever it claims."""

import pytest
from aiohttp.test_utils import make_mocked_request

from engine.errors import SettingInvalid
from engine.settings import Settings, load
from server.serving import clients

TRUSTED = ("127.0.0.0/8", "10.0.0.0/24", "2001:db8::/32")


def test_a_client_that_is_no_trusted_proxy_cannot_choose_its_address() -> None:
    assert clients.client_of("203.0.113.9", ["198.51.100.1"], TRUSTED) == "203.0.113.9"


def test_what_a_client_claims_before_the_proxy_is_not_believed() -> None:
    assert clients.client_of("127.0.0.1", ["10.0.0.7, 203.0.113.9"], TRUSTED) == "203.0.113.9"


@pytest.mark.parametrize(
    "lines", [["1.1.1.1, 203.0.113.9, 10.0.0.2"], ["1.1.1.1", "203.0.113.9", "10.0.0.2"]]
)
def test_several_hops_are_followed_as_far_as_they_are_trusted(lines: list[str]) -> None:
    assert clients.client_of("127.0.0.1", lines, TRUSTED) == "203.0.113.9"


def test_when_every_hop_is_trusted_the_first_is_the_client() -> None:
    assert clients.client_of("127.0.0.1", ["10.0.0.3, 10.0.0.2"], TRUSTED) == "10.0.0.3"


def test_a_mapped_address_is_the_address_it_maps() -> None:
    assert clients.client_of("::ffff:127.0.0.1", ["::ffff:203.0.113.9"], TRUSTED) == "203.0.113.9"


@pytest.mark.parametrize(
    "hop", ["", "unknown", "203.0.113.9:80", "[::1]", "fe80::1%x", "1.2.3", "9" * 5000, ",,"]
)
def test_after_a_malformed_hop_the_client_is_the_proxy_that_sent_it(hop: str) -> None:
    assert clients.client_of("127.0.0.1", [f"203.0.113.1, {hop}, 10.0.0.2"], TRUSTED) == "10.0.0.2"


def test_behind_a_proxy_loopback_is_trusted_and_else_nobody() -> None:
    assert clients.trusted_proxies(Settings(behind_proxy=True)) == clients.LOOPBACK
    assert clients.trusted_proxies(Settings()) == ()


def test_without_trusted_proxies_the_header_is_ignored() -> None:
    request = make_mocked_request("GET", "/", headers={clients.HEADER: "203.0.113.9"})

    assert clients.address(request, Settings()) == (request.remote or "")


def test_a_network_that_is_none_stops_the_start() -> None:
    with pytest.raises(SettingInvalid, match="WIREROOM_TRUSTED_PROXIES"):
        load({"WIREROOM_TRUSTED_PROXIES": "10.0.0.0/24, 10.0.0.1/8"})
