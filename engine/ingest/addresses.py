"""Which addresses may be fetched from: public ones, unless the desk says otherwise."""

import ipaddress
import socket
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


class ForbiddenAddress(OSError):
    """The host is on a private network, or this machine."""


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses those that lead to a private address."""

    def __init__(self, *, allow_private: bool, inner: AbstractResolver | None = None) -> None:
        self._allow_private = allow_private
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if not self._allow_private and not all(is_public(each["host"]) for each in found):
            raise _forbidden(host)
        return found

    async def close(self) -> None:
        await self._inner.close()


def check_literal(host: str) -> None:
    """Refuse a private address written as such; aiohttp asks no resolver about those."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return
    if not is_public(host):
        raise _forbidden(host)


def is_public(address: str) -> bool:
    """Whether an address is reachable from anywhere; one that carries an IPv4 counts as that."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


def _forbidden(host: str) -> ForbiddenAddress:
    return ForbiddenAddress(f"{host} is on a private network; the desk does not fetch from there.")
