"""Where the server may listen, and by which names it may be called. Pure.

Beyond this machine, credentials and briefs travel only under TLS, and a mock desk, whose reads
are open to everybody, is shown only when somebody said so. A desk for this machine alone is called
by this machine's names: else any web page could let its own name point here (DNS rebinding), and
its scripts would be of our origin.
"""

import contextlib
import ipaddress
import re
import ssl
from functools import lru_cache
from urllib.parse import urlsplit

from engine.errors import SettingInvalid
from engine.settings import Settings, host_and_port
from server.errors import WrongHost

_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\[\]:@/?#\s]+)(?::[0-9]{1,5})?", re.IGNORECASE)
LOOPBACK = {4: "127.0.0.1", 6: "::1"}


def check(settings: Settings) -> None:
    """Raise SettingInvalid, with what to do, for an address that would expose the desk."""
    host, _ = host_and_port(settings)
    if is_loopback(host):
        return
    if settings.mock:
        if not settings.mock_public:
            raise SettingInvalid(
                f"Mock mode is open to everybody who reaches {settings.addr}: set "
                "WIREROOM_MOCK_PUBLIC=true to allow that, or listen on 127.0.0.1."
            )
        return
    if settings.tls_cert is None and not settings.behind_proxy:
        raise SettingInvalid(
            f"Listening on {settings.addr} needs TLS: set WIREROOM_TLS_CERT and WIREROOM_TLS_KEY, "
            "or WIREROOM_BEHIND_PROXY=true when a proxy in front does it."
        )


def check_host(settings: Settings, host: str | None) -> None:
    """Raise WrongHost for a ``Host`` header by which this desk is not called.

    Behind a proxy the names are the proxy's business. No header means that no browser asks.
    """
    if not is_called(settings, host):
        raise WrongHost(
            f"This desk is not called {(host or '')[:64]!r}: open it as 127.0.0.1 or localhost, "
            "or add the name's origin to WIREROOM_CORS_ORIGINS."
        )


def is_called(settings: Settings, host: str | None) -> bool:
    if host is None or settings.behind_proxy:
        return True
    return _answers_to(host, settings.addr, settings.cors_origins)


@lru_cache(maxsize=64)  # asked of every request, and nearly always of the same host
def _answers_to(host: str, addr: str, origins: tuple[str, ...]) -> bool:
    if not is_loopback(addr.rpartition(":")[0].strip("[]")):
        return True
    found = _HOST.fullmatch(host)
    if not found:
        return False
    name = found[1].strip("[]").lower()
    return is_loopback(name) or name in {urlsplit(origin).hostname for origin in origins}


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def address(settings: Settings, port: int) -> str:
    """Where to open the desk from this machine: one that listens everywhere is here, too."""
    host, _ = host_and_port(settings)
    with contextlib.suppress(ValueError):  # a name stays as it is
        ip = ipaddress.ip_address(host)
        host = LOOPBACK[ip.version] if ip.is_unspecified else host
        host = f"[{host}]" if ip.version == 6 else host
    scheme = "https" if settings.tls_cert else "http"
    return f"{scheme}://{host}:{port}"


def tls(settings: Settings) -> ssl.SSLContext | None:
    """The TLS context, or None without a certificate. Raises SettingInvalid."""
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.tls_cert, settings.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SettingInvalid(
            f"WIREROOM_TLS_CERT and WIREROOM_TLS_KEY cannot be used: {error}."
        ) from None
    return context
