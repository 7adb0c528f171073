"""Who may come in: admission, and who the handshake says it is.

That a cookie is not used by another site's page was checked before, in ``server/auth.py``.
"""

from aiohttp import web

from engine.errors import ShuttingDown
from engine.model import Principal
from server import keys
from server.auth import Carried, carried
from server.errors import TooManyConnections
from server.live.rights import Credential
from server.serving import clients


def check_admission(app: web.Application) -> None:
    """Raises TooManyConnections or ShuttingDown: both are 503 with Retry-After."""
    if app[keys.ADMISSION].is_full:
        raise TooManyConnections("The server has too many connections; try again soon.")
    if app[keys.HUB].is_leaving:
        raise ShuttingDown("The server restarts; try again soon.")
    if not app[keys.ADMISSION].let_in():
        raise TooManyConnections("Too many streams open at once; try again soon.")


def known_principal(request: web.Request) -> Principal | None:
    """Who the handshake authenticated, an anonymous reader included; None when nobody."""
    if keys.PRINCIPAL not in request:
        return None
    principal = request[keys.PRINCIPAL]
    return principal if principal.id or principal.roles else None


def credential(request: web.Request) -> Credential | None:
    """What the handshake was authenticated with; None when it carried none.

    Keeps the secret and nothing else of the request.
    """
    principal = known_principal(request)
    if principal is None or not principal.id:
        return None
    return asked_again(request.app, carried(request))


def asked_again(app: web.Application, with_it: Carried) -> Credential:
    """The credential of a stream, which is good as long as it was not withdrawn."""
    access = app[keys.ENGINE].access
    return Credential(access.session if with_it.is_session else access.still, with_it.secret)


def client_label(request: web.Request, stream_id: str) -> str:
    """How the server's log names a client: address and stream, never a credential."""
    return f"{clients.address(request, request.app[keys.SETTINGS])}/{stream_id}"
