"""Who the client is, whatever it claims."""

import socket
from pathlib import Path
from unittest import mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

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


# -- how we are called ---------------------------------------------------------------------------


def asked_by(peer: str, headers: list[tuple[str, str]]) -> web.Request:
    transport = mock.Mock()
    transport.get_extra_info = {"peername": (peer, 1)}.get
    given = CIMultiDict([("Host", "inner:8787"), *headers])
    return make_mocked_request("GET", "/", headers=given, transport=transport)


def test_a_trusted_proxy_says_how_it_was_called() -> None:
    headers = [(clients.HOST, "desk.example"), (clients.SCHEME, "HTTPS")]

    called = clients.called(asked_by("10.0.0.1", headers), Settings(trusted_proxies=TRUSTED))

    assert called == ("https", "desk.example")


@pytest.mark.parametrize("settings", [Settings(), Settings(trusted_proxies=("10.0.0.0/24",))])
def test_anybody_elses_word_for_it_is_ignored(settings: Settings) -> None:
    headers = [(clients.HOST, "evil.example"), (clients.SCHEME, "https")]

    assert clients.called(asked_by("192.0.2.1", headers), settings) == (None, "inner:8787")


@pytest.mark.parametrize("apart", [True, False])
def test_of_several_values_the_nearest_proxys_counts(apart: bool) -> None:
    values = ["evil.example", "desk.example:8443"]
    headers = [(clients.HOST, each) for each in (values if apart else [", ".join(values)])]

    called = clients.called(asked_by("10.0.0.1", headers), Settings(trusted_proxies=TRUSTED))

    assert called.host == "desk.example:8443"


@pytest.mark.parametrize("host", ["", "a b", "desk.example/x", "ann@desk.example", "[::1", "x:y"])
def test_what_is_no_host_and_no_scheme_is_not_believed(host: str) -> None:
    headers = [(clients.HOST, host), (clients.SCHEME, "gopher")]

    called = clients.called(asked_by("10.0.0.1", headers), Settings(trusted_proxies=TRUSTED))

    assert called == (None, "inner:8787")


def test_with_a_certificate_of_our_own_we_are_called_over_tls() -> None:
    settings = Settings(tls_cert=Path("c.pem"), tls_key=Path("k.pem"))

    assert clients.called(asked_by("192.0.2.1", []), settings).scheme == "https"


def test_without_a_host_nobody_is_asked_for_our_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getfqdn", lambda: pytest.fail("the resolver may take seconds"))
    request = make_mocked_request("GET", "/", headers={})

    assert clients.called(request, Settings()).host == ""
