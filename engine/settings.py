"""The process' settings: one frozen struct, from ``WIREROOM_*`` over an optional TOML file.

Desk settings (cadence, roles, audiences …) are not here: they live in the store.
Every field is documented in ``docs/reference/settings.md``; a test holds that.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from engine.errors import SettingInvalid
from engine.model import RoiAssumptions

PREFIX = "WIREROOM_"


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Process settings. An environment variable is ``WIREROOM_`` and the name in capitals."""

    addr: str = "127.0.0.1:8787"
    data_dir: Path = Path("wireroom-data")
    examples_dir: Path | None = None
    mock: bool = False
    mock_public: bool = False
    max_connections: int = 12_000
    timeout_seconds: float = 15.0
    body_limit: int = 1_048_576
    items_body_limit: int = 8_388_608
    cors_origins: tuple[str, ...] = ()
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    heartbeat_s: float = 25.0
    slow_consumer_s: float = 30.0
    ring_size: int = 8192
    session_hours: int = 12
    log_level: str = "info"
    settle_s: float = 0.5
    fetch_timeout_s: float = 20.0
    fetch_max_bytes: int = 16_777_216
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
            values[name] = _parts(text) if name == "cors_origins" else text
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
    positive = ("max_connections", "timeout_seconds", "body_limit", "heartbeat_s", "ring_size")
    for name in positive:
        if getattr(settings, name) <= 0:
            raise SettingInvalid(f"{PREFIX}{name.upper()} must be greater than 0.")
    if "*" in settings.cors_origins:
        raise SettingInvalid(f"{PREFIX}CORS_ORIGINS must list origins; '*' is not accepted.")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise SettingInvalid(f"{PREFIX}TLS_CERT and {PREFIX}TLS_KEY go together.")
    return settings


def host_and_port(settings: Settings) -> tuple[str, int]:
    """The address as (host, port); raises SettingInvalid when it is not ``host:port``."""
    host, colon, port = settings.addr.rpartition(":")
    if not colon or not host or not port.isdigit() or int(port) > 65_535:
        raise SettingInvalid(f"{PREFIX}ADDR is {settings.addr!r}: expected host:port.")
    return host.strip("[]"), int(port)
