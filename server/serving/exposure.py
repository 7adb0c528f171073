"""Where the server may listen. Pure.

Beyond this machine, credentials and briefs travel only under TLS, and a mock desk, whose reads
are open to everybody, is shown only when somebody said so.
"""

import ipaddress
import ssl

from engine.errors import SettingInvalid
from engine.settings import Settings, host_and_port


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


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
