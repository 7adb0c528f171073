"""Which request spends whose budget."""

from functools import lru_cache
from ipaddress import IPv6Address

from aiohttp import web

from engine.model import Principal
from server import keys
from server.http.route import Route
from server.serving import clients

FREE = frozenset({("GET", "/metrics"), ("POST", "/session")})
"""What monitoring asks, and what has a budget of its own."""


def spend(request: web.Request, route: Route, principal: Principal | None) -> None:
    """Count the request. Raises TooManyRequests.

    Free is what asks for nobody (health, the page and its files, the documents), and what opens a
    stream: that is admitted by ``server/live/admission.py``.
    """
    if route.needs == "public" or route.is_stream or (route.method, route.path) in FREE:
        return
    request.app[keys.BUDGETS].spend(principal.id if principal else "", address(request))


def allows(app: web.Application, request: web.BaseRequest, principal: Principal) -> bool:
    """As ``spend``, for the front; the long way finds the words when it is one too many."""
    key = principal.id
    return app[keys.BUDGETS].allows(key, "" if key else address_of(app, request))


def address(request: web.Request) -> str:
    """The client, as far as its address tells it apart."""
    return address_of(request.app, request)


def address_of(app: web.Application, request: web.BaseRequest) -> str:
    return one_client(clients.address(request, app[keys.SETTINGS]))


@lru_cache(maxsize=4096)
def one_client(address: str) -> str:
    """An IPv6 client has a whole /64 of addresses to choose from: it counts as one."""
    if ":" not in address:
        return address
    try:
        found = IPv6Address(address)
    except ValueError:
        return address
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> 64 << 64)}/64"
