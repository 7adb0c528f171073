"""Who is asking: bearer token or session cookie, and what a browser may send with the cookie.

A cookie is sent by browsers unasked, so a write that came with one must come from our own pages
or a configured origin. A credential in a URL is refused, valid or not.
"""

from typing import NamedTuple
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from engine.errors import Unauthenticated
from engine.model import Principal, SessionGrant
from engine.settings import Settings
from server import keys
from server.budgets import spending
from server.errors import CrossSite, TokenInUrl
from server.http.route import Route
from server.serving import clients

COOKIE = "wireroom_session"
ANONYMOUS = Principal(id="", name="anonymous", roles=("viewer",), method="anonymous")
"""Who reads in mock mode without signing in."""
SECRET_PARAMETERS = frozenset(
    {"access_token", "api_key", "apikey", "auth", "key", "password", "secret", "ticket", "token"}
)
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


async def identify(request: web.Request, route: Route) -> Principal | None:
    """Who asks, None for nobody, and counts that they do.

    Raises Unauthenticated where the route does not let them in, TooManyRequests.
    """
    refuse_secrets_in_url(request)
    if route.needs == "public":
        return None
    principal = await _principal(request, route)
    spending.spend(request, route, principal)
    if route.needs == "anyone":
        return principal
    if principal is not None and (principal.id or route.needs == "read"):
        return principal
    raise Unauthenticated("Sign in first: this needs to know who is asking.")


def refuse_secrets_in_url(request: web.Request) -> None:
    if not request.query_string:
        return
    for name in request.query:
        if name.lower() in SECRET_PARAMETERS:
            raise TokenInUrl(
                f"A credential must not stand in the URL: send {name!r} as "
                "'Authorization: Bearer …' instead, and replace this one."
            )


async def _principal(request: web.Request, route: Route) -> Principal | None:
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is not None:
        access, budgets = request.app[keys.ENGINE].access, request.app[keys.BUDGETS]
        address = spending.address(request)
        return await budgets.trying(address, _bearer(header), access.authenticate)
    secret = request.cookies.get(COOKIE)
    if secret:
        if request.method not in SAFE_METHODS or route.is_stream:
            refuse_cross_site(request, request.app[keys.SETTINGS])
        try:
            return await request.app[keys.ENGINE].access.session(secret)
        except Unauthenticated:
            # A session that has ended leaves its cookie behind: that is nobody, not an attack.
            pass
    return ANONYMOUS if request.app[keys.SETTINGS].mock else None


def recall(app: web.Application, request: web.BaseRequest) -> Principal | None:
    """Who asks, as far as that is known at once; None when it takes a look at the store.

    For requests that carry no credential in their URL; whether a foreign page sends the cookie is
    asked apart. Never somebody whom ``identify`` would
    have refused a second ago.
    """
    try:
        return recalled(app, carried(request))
    except Unauthenticated:
        return None


def recalled(app: web.Application, with_it: "Carried") -> Principal | None:
    """As ``recall``, by what the request carries."""
    if not with_it.secret:
        return ANONYMOUS if app[keys.SETTINGS].mock else None
    access = app[keys.ENGINE].access
    recall = access.recall_session if with_it.is_session else access.recall_token
    return recall(with_it.secret)


class Carried(NamedTuple):
    """The credential that came with a request; the secret is empty when there is none."""

    secret: str
    is_session: bool


def carried(request: web.BaseRequest) -> Carried:
    """Raises Unauthenticated for a header that holds no bearer token."""
    header = request.headers.get(hdrs.AUTHORIZATION)
    if header is not None:
        return Carried(_bearer(header), is_session=False)
    if hdrs.COOKIE not in request.headers:  # asked first: looking for cookies costs more
        return Carried("", is_session=True)
    return Carried(request.cookies.get(COOKIE, ""), is_session=True)


async def check_still(request: web.Request) -> None:
    """Raise Unauthenticated when the credential has ended since the head of the request came: a
    body may take as long as its sender likes. Within a second it costs nothing."""
    if not request[keys.PRINCIPAL].id:
        return
    access, with_it = request.app[keys.ENGINE].access, carried(request)
    if with_it.is_session:
        await access.session(with_it.secret)
    else:
        await access.authenticate(with_it.secret)


def _bearer(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthenticated("The Authorization header must be 'Bearer' and a token.")
    return token.strip()


def refuse_cross_site(request: web.BaseRequest, settings: Settings) -> None:
    """Raise CrossSite when a browser says that this comes from a foreign page.

    Asked of writes, and of streams, because WebSockets are not under CORS. Neither header present
    means that no browser sent it: browsers add ``Origin`` to every write and every upgrade.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    site = request.headers.get("Sec-Fetch-Site")
    if origin is not None and origin in settings.cors_origins:
        return
    if not _is_ours(request, settings, origin) or site not in (None, "same-origin", "none"):
        raise CrossSite("A page of another site may not make this request with your session.")


def _is_ours(request: web.BaseRequest, settings: Settings, origin: str | None) -> bool:
    """Whether a page of this origin is one of ours, by the name the client called us."""
    if origin is None:
        return True
    called = clients.called(request, settings)
    try:
        scheme, netloc = urlsplit(origin)[:2]
    except ValueError:  # no browser says this
        return False
    return netloc == called.host and called.scheme in (None, scheme)


def give_cookie(request: web.Request, response: web.Response, grant: SessionGrant) -> None:
    """The cookie is gone when its session is, or up to a second before."""
    left = grant.expires - request.app[keys.ENGINE].clock()
    response.set_cookie(
        COOKIE,
        grant.secret,
        max_age=max(0, int(left.total_seconds())),
        path="/",
        httponly=True,
        samesite="Strict",
        secure=is_secure(request),
    )


def take_cookie(request: web.Request, response: web.Response) -> None:
    response.del_cookie(
        COOKIE, path="/", httponly=True, samesite="Strict", secure=is_secure(request)
    )


def is_secure(request: web.Request) -> bool:
    """Whether the client reached us over TLS. A header may say so, and never the contrary."""
    settings = request.app[keys.SETTINGS]
    if settings.behind_proxy or settings.tls_cert is not None:
        return True
    return clients.called(request, settings).scheme == "https"
