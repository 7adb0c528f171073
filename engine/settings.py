"""The process' settings: one frozen struct, from ``WIREROOM_*`` over an optional TOML file.

Desk settings (cadence, roles, audiences …) are not here: they live in the store.
Every field is documented in ``docs/reference/settings.md``; a test holds that.
"""

import re
import tomllib
from collections.abc import Mapping
from ipaddress import ip_network
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from engine.errors import SettingInvalid
from engine.model import RoiAssumptions

PREFIX = "WIREROOM_"
_LISTS = ("cors_origins", "trusted_proxies", "jwt_algorithms", "jwt_roles")

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

_IS_PORT = re.compile(r"[0-9]{1,5}").fullmatch
_IS_ROLE = re.compile(r"[^\x00-\x1f\x7f]{1,50}").fullmatch

# The bounds say what cannot be meant, and keep infinity and NaN out.
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
Pause = Annotated[float, Meta(ge=0, le=86_400)]
Bytes = Annotated[int, Meta(ge=1, le=2**40)]
Days = Annotated[int, Meta(ge=0, le=36_500)]
Count = Annotated[int, Meta(ge=1, le=10_000_000)]
Rate = Annotated[int, Meta(ge=0, le=10_000_000)]
# Only those whose checking key is public: a shared secret, or "none", proves nothing of a person.
Algorithm = Literal[
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"
]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Process settings. An environment variable is ``WIREROOM_`` and the name in capitals."""

    addr: str = "127.0.0.1:8787"
    data_dir: Path = Path("wireroom-data")
    examples_dir: Path | None = None
    mock: bool = False
    mock_public: bool = False
    max_connections: Count = 12_000
    stream_burst: Count | None = None
    stream_rate: Count = 2_000
    principal_rate: Rate | None = None
    address_rate: Rate | None = None
    sign_in_rate: Rate | None = None
    failed_rate: Rate | None = None
    timeout_seconds: Seconds = 15.0
    body_limit: Bytes = 1_048_576
    items_body_limit: Bytes = 8_388_608
    cors_origins: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    trusted_proxies: tuple[str, ...] = ()
    drain_s: Pause = 2.0
    heartbeat_s: Seconds = 25.0
    slow_consumer_s: Seconds = 30.0
    ring_size: Count = 8192
    slim_websocket: bool = True
    io_uring: bool = True
    session_hours: Annotated[int, Meta(ge=1, le=8_760)] = 12
    head_interval_s: Seconds = 60.0
    anchor: str = ""
    keep_items_days: Days = 0
    keep_exports_days: Days = 0
    keep_log_days: Days = 0
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    settle_s: Pause = 0.5
    reauth_minutes: Days = 0
    jwt_issuer: str = ""
    jwt_audience: str = ""
    jwt_jwks_url: str = ""
    jwt_algorithms: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "EdDSA")
    jwt_leeway_s: Annotated[float, Meta(ge=0, le=300)] = 30.0
    jwt_roles_claim: str = "roles"
    jwt_roles: tuple[str, ...] = ()
    fetch_timeout_s: Seconds = 20.0
    fetch_max_bytes: Bytes = 16_777_216
    fetch_private: bool = False
    roi: RoiAssumptions = RoiAssumptions()


def load(environ: Mapping[str, str], file: Path | None = None, **given: object) -> Settings:
    """Settings from ``given`` (the command line) over the environment over ``file``.

    Raises SettingInvalid with a sentence that names the variable.
    """
    values: dict[str, Any] = _from_file(file) if file else {}
    values |= _from_environ(environ)
    values |= {name: value for name, value in given.items() if value is not None}
    return _convert(values)


def _from_file(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingInvalid(
            f"The settings file {file} cannot be read: {error.strerror}."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingInvalid(f"Settings file {file} is not valid TOML: {error}.") from None


def _from_environ(environ: Mapping[str, str]) -> dict[str, Any]:
    names = set(Settings.__struct_fields__)
    values: dict[str, Any] = {}
    for variable, text in environ.items():
        name = variable.removeprefix(PREFIX).lower()
        if variable.startswith(PREFIX) and name in names:
            values[name] = _parts(text) if name in _LISTS else text
    return values


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _convert(values: dict[str, Any]) -> Settings:
    unknown = sorted(set(values) - set(Settings.__struct_fields__))
    if unknown:
        raise SettingInvalid(f"There is no setting named {unknown[0]!r}.")
    checked: dict[str, Any] = {}
    for field in msgspec.structs.fields(Settings):
        if field.name in values:
            checked[field.name] = _value(field, values[field.name])
    return _consistent(Settings(**checked))


def _value(field: msgspec.structs.FieldInfo, value: Any) -> Any:
    try:
        return msgspec.convert(
            value, field.type, strict=False, dec_hook=lambda kind, raw: kind(raw)
        )
    except (msgspec.ValidationError, TypeError, ValueError) as error:
        variable = PREFIX + field.name.upper()
        raise SettingInvalid(f"{variable} is {value!r}: {error}.") from None


def _consistent(settings: Settings) -> Settings:
    host_and_port(settings)
    _check_roi(settings.roi)
    _check_anchor(settings.anchor)
    _check_networks(settings.trusted_proxies)
    _check_provider(settings)
    if "*" in settings.cors_origins:
        raise SettingInvalid(f"{PREFIX}CORS_ORIGINS must list origins; '*' is not accepted.")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingInvalid(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY go together.")
    return settings


def _check_networks(networks: tuple[str, ...]) -> None:
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise SettingInvalid(f"{PREFIX}TRUSTED_PROXIES: {error}.") from None


def _check_roi(roi: RoiAssumptions) -> None:
    for name, value in msgspec.structs.asdict(roi).items():
        if not isfinite(value) or value < 0:
            raise SettingInvalid(f"{PREFIX}ROI: {name} is {value}; it must be a number from 0.")
    for name in ("roles_sharing", "hours_per_week"):
        if getattr(roi, name) == 0:
            raise SettingInvalid(f"{PREFIX}ROI: {name} must be greater than 0.")


def _check_anchor(place: str) -> None:
    """A file, or an address that nobody on the way can read or change."""
    if "://" in place and not is_secure(place):
        raise SettingInvalid(
            f"{PREFIX}ANCHOR is {place!r}: expected a file, https, or http on loopback."
        )


def is_secure(address: str) -> bool:
    """Whether nobody on the way can read or change what is sent: https, or this machine."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    is_here = parts.scheme == "http" and parts.hostname in LOOPBACK
    return bool(parts.hostname) and (parts.scheme == "https" or is_here)


def _check_provider(settings: Settings) -> None:
    """An identity provider is set up as a whole: half of it would let in nobody, or too many."""
    if not settings.jwt_issuer:
        return
    for name in ("jwt_audience", "jwt_roles", "jwt_algorithms", "jwt_roles_claim"):
        if not getattr(settings, name):
            raise SettingInvalid(f"{PREFIX}JWT_ISSUER takes {PREFIX}{name.upper()}, too.")
    for pair in settings.jwt_roles:
        value, _, role = pair.rpartition("=")
        if not value.strip() or not _IS_ROLE(role.strip()):
            raise SettingInvalid(f"{PREFIX}JWT_ROLES: {pair!r} must be a claim's value=Role.")
    name = "jwt_jwks_url" if settings.jwt_jwks_url else "jwt_issuer"
    if not is_secure(getattr(settings, name)):
        raise SettingInvalid(f"{PREFIX}{name.upper()} must be https, or http on loopback.")


def host_and_port(settings: Settings) -> tuple[str, int]:
    """The address as (host, port); raises SettingInvalid when it is not ``host:port``."""
    host, colon, port = settings.addr.rpartition(":")
    if not colon or not host or not _IS_PORT(port) or int(port) > 65_535:
        raise SettingInvalid(f"{PREFIX}ADDR is {settings.addr!r}: expected host:port.")
    return host.strip("[]"), int(port)
