"""From which address a request comes and how it called us, when proxies stand in between. Pure.

Anybody can send ``X-Forwarded-For``. Each proxy adds on the right whom it heard, so the list is
read from the right, and only as far as those who wrote it are trusted. ``X-Forwarded-Host`` and
``X-Forwarded-Proto`` count only from a trusted proxy, too, and of several values its own: the last.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import NamedTuple

from aiohttp import hdrs, web

from engine.settings import Settings

HEADER = "X-Forwarded-For"
HOST = "X-Forwarded-Host"
SCHEME = "X-Forwarded-Proto"
_IS_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", re.IGNORECASE).fullmatch
LOOPBACK = ("127.0.0.0/8", "::1/128")


def address(request: web.BaseRequest, settings: Settings) -> str:
    """The client's address as far as it can be trusted; empty when the peer has none."""
    trusted = trusted_proxies(settings)
    peer = request.remote or ""
    if not trusted or HEADER not in request.headers:
        return peer
    return client_of(peer, request.headers.getall(HEADER), trusted)


class Called(NamedTuple):
    """As the client wrote it. ``scheme`` is None when nobody who knows has said."""

    scheme: str | None
    host: str


def called(request: web.BaseRequest, settings: Settings) -> Called:
    """By which scheme and host the client has called us, as far as that can be trusted."""
    scheme = "https" if settings.tls_cert else None
    # Not ``request.host``: without the header it asks the resolver for our name, and waits.
    named = request.headers.get(hdrs.HOST, "")
    trusted = trusted_proxies(settings)
    if not trusted or not _is_of(_parsed(request.remote or ""), _networks(trusted)):
        return Called(scheme, named)
    said, host = _last(request, SCHEME).lower(), _last(request, HOST)
    return Called(
        said if said in ("http", "https") else scheme,
        host if _IS_HOST(host) else named,
    )


def _last(request: web.BaseRequest, header: str) -> str:
    return ",".join(request.headers.getall(header, ())).rpartition(",")[2].strip()


def trusted_proxies(settings: Settings) -> tuple[str, ...]:
    return settings.trusted_proxies or (LOOPBACK if settings.behind_proxy else ())


def client_of(peer: str, lines: Sequence[str], trusted: tuple[str, ...]) -> str:
    """Walk from ``peer`` towards the client, and stop at the first that is not a trusted proxy.

    What is no address ends the walk, too: then it is the proxy that passed it on.
    """
    networks, found = _networks(trusted), _parsed(peer)
    for hop in reversed(",".join(lines).split(",")):
        if not _is_of(found, networks):
            break
        before = _parsed(hop.strip())
        if before is None:
            break
        found = before
    return peer if found is None else str(found)


def _is_of(
    address: IPv4Address | IPv6Address | None, networks: tuple[IPv4Network | IPv6Network, ...]
) -> bool:
    return address is not None and any(address in network for network in networks)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    if "%" in text:
        return None  # a zone is any text, and means something on one machine only
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


@lru_cache(maxsize=8)  # asked of every request
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(network) for network in trusted)
