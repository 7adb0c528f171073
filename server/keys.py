"""Every key under which the application or a request carries something. Data only."""

from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from engine.engine import Engine
    from engine.model import Principal
    from engine.settings import Settings
    from server.budgets.budgets import Budgets
    from server.cache import Cache
    from server.http.front import Front
    from server.http.route import Route
    from server.live.admission import Admission
    from server.live.channel import HandedOver
    from server.live.conversation import Live
    from server.live.hub import Hub
    from server.metrics import Metrics
    from server.serving.life import Life
    from server.serving.listening import Connections

# -- of the application --------------------------------------------------------------------------

SETTINGS: web.AppKey["Settings"] = web.AppKey("settings")
ENGINE: web.AppKey["Engine"] = web.AppKey("engine")
HUB: web.AppKey["Hub"] = web.AppKey("hub")
CACHE: web.AppKey["Cache"] = web.AppKey("cache")
BUDGETS: web.AppKey["Budgets"] = web.AppKey("budgets")
FRONT: web.AppKey["Front"] = web.AppKey("front")
METRICS: web.AppKey["Metrics"] = web.AppKey("metrics")
ADMISSION: web.AppKey["Admission"] = web.AppKey("admission")
CONNECTIONS: web.AppKey["Connections"] = web.AppKey("connections")
LIVE: web.AppKey["Live"] = web.AppKey("live")
HANDED_OVER: web.AppKey["HandedOver | None"] = web.AppKey("handed_over")
"""Counts the slim WebSockets; None on the stock path."""
LIFE: web.AppKey["Life"] = web.AppKey("life")
OPENAPI: web.AppKey[bytes] = web.AppKey("openapi")
ASYNCAPI: web.AppKey[bytes] = web.AppKey("asyncapi")
ROUTES: web.AppKey[dict[web.AbstractRoute, "Route"]] = web.AppKey("routes")
"""What the URL table says of each route that aiohttp resolves."""

# -- of a request --------------------------------------------------------------------------------

PRINCIPAL: web.RequestKey["Principal"] = web.RequestKey("principal")
"""Who is asking; absent for nobody. Mock mode's anonymous reader has an empty ``id``."""
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id")
