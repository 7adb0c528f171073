"""Settings come from the environment over a file, and an error names the variable."""

from pathlib import Path

import msgspec
import pytest

from engine.errors import SettingInvalid
from engine.settings import Settings, host_and_port, load


def test_the_environment_beats_the_file_and_the_command_line_beats_both(tmp_path: Path) -> None:
    file = tmp_path / "wireroom.toml"
    file.write_text('max_connections = 5\nheartbeat_s = 7\naddr = "127.0.0.1:1"\n')
    environ = {"WIREROOM_HEARTBEAT_S": "9", "WIREROOM_ADDR": "127.0.0.1:2"}

    settings = load(environ, file, addr="127.0.0.1:3", mock=None)

    assert settings.max_connections == 5
    assert settings.heartbeat_s == 9.0
    assert settings.addr == "127.0.0.1:3"
    assert settings.mock is False


def test_lists_paths_and_switches_are_read_from_text() -> None:
    settings = load(
        {
            "WIREROOM_CORS_ORIGINS": "https://a.example, https://b.example",
            "WIREROOM_DATA_DIR": "desk",
            "WIREROOM_MOCK": "true",
            "WIREROOM_UNRELATED": "ignored",
        }
    )

    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.data_dir == Path("desk")
    assert settings.mock is True


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WIREROOM_MAX_CONNECTIONS", "many"),
        ("WIREROOM_MAX_CONNECTIONS", "0"),
        ("WIREROOM_TIMEOUT_SECONDS", "-1"),
        ("WIREROOM_ADDR", "nowhere"),
        ("WIREROOM_ADDR", "127.0.0.1:99999"),
        ("WIREROOM_ADDR", "127.0.0.1:²"),
        ("WIREROOM_ADDR", "127.0.0.1:٣"),
        ("WIREROOM_ADDR", "127.0.0.1:-1"),
        ("WIREROOM_LOG_LEVEL", "chatty"),
        ("WIREROOM_ROI", "free"),
        ("WIREROOM_MOCK", "perhaps"),
        ("WIREROOM_CORS_ORIGINS", "*"),
        ("WIREROOM_TLS_CERT", "cert.pem"),
        ("WIREROOM_ANCHOR", "http://elsewhere.example/heads"),
        ("WIREROOM_ANCHOR", "ftp://127.0.0.1/heads"),
    ],
)
def test_an_error_names_the_variable(variable: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=variable):
        load({variable: value})


NUMBERS = [
    *("max_connections", "timeout_seconds", "body_limit", "items_body_limit", "drain_s"),
    *("heartbeat_s", "slow_consumer_s", "ring_size", "session_hours", "settle_s"),
    *("fetch_timeout_s", "fetch_max_bytes", "head_interval_s"),
    *("keep_items_days", "keep_exports_days", "keep_log_days"),
    *("stream_rate", "reauth_minutes", "jwt_leeway_s"),
]
NUMBERS_WITHOUT_A_DEFAULT = [
    *("stream_burst", "principal_rate", "address_rate", "sign_in_rate", "failed_rate"),
]


@pytest.mark.parametrize("name", NUMBERS + NUMBERS_WITHOUT_A_DEFAULT)
@pytest.mark.parametrize("value", ["-1", "nan", "inf", "1e300"])
def test_a_number_that_cannot_be_meant_is_refused(name: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=f"WIREROOM_{name.upper()}"):
        load({f"WIREROOM_{name.upper()}": value})


def test_every_number_among_the_settings_is_tried() -> None:
    defaults = msgspec.structs.asdict(Settings())
    numbers = {name for name, value in defaults.items() if type(value) in (int, float)}

    assert numbers == set(NUMBERS)


@pytest.mark.parametrize("name", ["drain_s", "settle_s"])
def test_a_pause_may_be_none(name: str) -> None:
    assert getattr(load({f"WIREROOM_{name.upper()}": "0"}), name) == 0.0


@pytest.mark.parametrize(
    "line",
    ["days_per_issue = nan", "hours_per_day = -1", "roles_sharing = 0", "hours_per_week = 0"],
)
def test_an_assumption_that_cannot_be_meant_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "wireroom.toml"
    file.write_text(f"[roi]\n{line}\n")

    with pytest.raises(SettingInvalid, match=f"WIREROOM_ROI: {line.partition(' ')[0]}"):
        load({}, file)


def test_a_file_with_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wireroom.toml"
    file.write_text("maximum = 1\n")

    with pytest.raises(SettingInvalid, match="'maximum'"):
        load({}, file)


def test_a_file_that_is_missing_or_no_toml_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "wireroom.toml"

    with pytest.raises(SettingInvalid, match="cannot be read"):
        load({}, file)
    file.write_text("= =")
    with pytest.raises(SettingInvalid, match="not valid TOML"):
        load({}, file)


PROVIDER = {
    "WIREROOM_JWT_ISSUER": "https://id.example",
    "WIREROOM_JWT_AUDIENCE": "wireroom",
    "WIREROOM_JWT_ROLES": "desk-analysts=Analyst, desk-heads=Strategy Head",
}


def test_an_identity_provider_is_read_from_text() -> None:
    settings = load({**PROVIDER, "WIREROOM_JWT_ALGORITHMS": "ES256,EdDSA"})

    assert settings.jwt_roles == ("desk-analysts=Analyst", "desk-heads=Strategy Head")
    assert settings.jwt_algorithms == ("ES256", "EdDSA")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WIREROOM_JWT_AUDIENCE", ""),
        ("WIREROOM_JWT_ROLES", ""),
        ("WIREROOM_JWT_ROLES", "desk-analysts"),
        ("WIREROOM_JWT_ROLES", "=Analyst"),
        ("WIREROOM_JWT_ROLES", "desk-analysts=Ana\u0000lyst"),
        ("WIREROOM_JWT_ALGORITHMS", ""),
        ("WIREROOM_JWT_ALGORITHMS", "RS256,HS256"),
        ("WIREROOM_JWT_ALGORITHMS", "none"),
        ("WIREROOM_JWT_ROLES_CLAIM", ""),
        ("WIREROOM_JWT_ISSUER", "http://id.example"),
        ("WIREROOM_JWT_ISSUER", "id.example"),
        ("WIREROOM_JWT_JWKS_URL", "http://id.example/keys"),
        ("WIREROOM_JWT_JWKS_URL", "http://[::1/keys"),
    ],
)
def test_half_an_identity_provider_is_refused(variable: str, value: str) -> None:
    with pytest.raises(SettingInvalid, match=variable):
        load({**PROVIDER, variable: value})


def test_an_ipv6_address_is_understood() -> None:
    assert host_and_port(Settings(addr="[::1]:8787")) == ("::1", 8787)
