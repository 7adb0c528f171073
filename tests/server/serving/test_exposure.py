from pathlib import Path

import pytest

from engine import Settings
from engine.errors import SettingInvalid
from server.errors import WrongHost
from server.serving import exposure


@pytest.mark.parametrize("addr", ["127.0.0.1:80", "[::1]:80", "localhost:80", "127.8.0.1:80"])
@pytest.mark.parametrize("mock", [True, False])
def test_this_machine_alone_needs_nothing(addr: str, mock: bool) -> None:
    exposure.check(Settings(addr=addr, mock=mock))


@pytest.mark.parametrize("addr", ["0.0.0.0:80", "[::]:80", "desk.example:80", "10.0.0.4:80"])
def test_beyond_loopback_without_tls_is_refused(addr: str) -> None:
    with pytest.raises(SettingInvalid, match="WIREROOM_TLS_CERT"):
        exposure.check(Settings(addr=addr))


@pytest.mark.parametrize(
    "settings",
    [
        Settings(addr="0.0.0.0:80", behind_proxy=True),
        Settings(addr="0.0.0.0:80", tls_cert=Path("c.pem"), tls_key=Path("k.pem")),
        Settings(addr="0.0.0.0:80", mock=True, mock_public=True),
    ],
    ids=["behind a proxy", "with a certificate", "mock, said aloud"],
)
def test_beyond_loopback_is_allowed_when_it_is_safe_or_meant(settings: Settings) -> None:
    exposure.check(settings)


def test_a_mock_desk_is_not_shown_to_everybody_by_accident() -> None:
    with pytest.raises(SettingInvalid, match="WIREROOM_MOCK_PUBLIC"):
        exposure.check(Settings(addr="0.0.0.0:80", mock=True, behind_proxy=True))


def test_without_a_certificate_there_is_no_tls() -> None:
    assert exposure.tls(Settings()) is None


def test_a_certificate_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    settings = Settings(tls_cert=tmp_path / "none.pem", tls_key=tmp_path / "none.key")

    with pytest.raises(SettingInvalid, match="WIREROOM_TLS_CERT and WIREROOM_TLS_KEY"):
        exposure.tls(settings)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:8787",
        "127.0.0.1",
        "[::1]:80",
        "localhost:18801",
        "LocalHost",
        "127.8.0.1:1",
        None,
    ],
)
@pytest.mark.parametrize("mock", [True, False])
def test_a_desk_for_this_machine_is_called_by_its_names(host: str | None, mock: bool) -> None:
    exposure.check_host(Settings(mock=mock), host)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example:8787",
        "127.0.0.1.evil.example",
        "localhost.evil.example:80",
        "localhost@evil.example",
        "evil.example@localhost",
        "localhost:80:80",
        "localhost/evil.example",
        "[::1",
        "10.0.0.4:8787",
        "",
    ],
)
def test_a_name_that_somebody_pointed_here_is_refused(host: str) -> None:
    with pytest.raises(WrongHost, match="This desk is not called"):
        exposure.check_host(Settings(), host)


def test_the_host_of_a_configured_origin_is_ours_too() -> None:
    settings = Settings(cors_origins=("https://desk.example",))

    exposure.check_host(settings, "Desk.example:8787")
    with pytest.raises(WrongHost):
        exposure.check_host(settings, "evil.example:8787")


@pytest.mark.parametrize(
    "settings",
    [Settings(behind_proxy=True), Settings(addr="0.0.0.0:80", mock=True, mock_public=True)],
    ids=["behind a proxy", "beyond loopback"],
)
def test_where_others_give_the_name_any_will_do(settings: Settings) -> None:
    exposure.check_host(settings, "desk.example")


@pytest.mark.parametrize(
    ("addr", "shown"),
    [
        ("127.0.0.1:0", "http://127.0.0.1:7"),
        ("0.0.0.0:0", "http://127.0.0.1:7"),
        ("[::1]:0", "http://[::1]:7"),
        ("[::]:0", "http://[::1]:7"),
        ("localhost:0", "http://localhost:7"),
    ],
)
def test_the_address_can_be_opened_in_a_browser(addr: str, shown: str) -> None:
    assert exposure.address(Settings(addr=addr), 7) == shown


def test_under_tls_the_address_says_so() -> None:
    settings = Settings(addr="desk.example:0", tls_cert=Path("c"), tls_key=Path("k"))

    assert exposure.address(settings, 443) == "https://desk.example:443"
