"""The composition root: the one file that chooses adapters and puts the parts together."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial

from aiohttp import web

from engine.engine import Engine
from engine.settings import Settings
from server import keys, routes
from server.asyncapi.document import document as asyncapi
from server.auth import recall
from server.budgets import spending
from server.budgets.budgets import Budgets
from server.budgets.rates import rates_of
from server.cache import Cache
from server.http.front import Front
from server.live.admission import admission_of
from server.live.channel import live_channel, say_goodbye
from server.metrics import Metrics
from server.middleware import add_headers, around, request_id_of
from server.mock.play import playing
from server.openapi.document import document as openapi
from server.serving import exposure
from server.serving.lag import LoopLag, watching
from server.serving.life import Life
from server.serving.listening import Connections

SETTLE_S = 5.0
"""How long writes that outlive their requests may take before the engine closes."""


async def create_app(
    settings: Settings, engine: Engine | None = None, lock: int | None = None
) -> web.Application:
    """The whole application. It opens and closes its own engine, unless one is handed in.
    ``lock`` is the data folder's, when a running desk has handed it down.

    Raises SettingInvalid for an address that would expose the desk.
    """
    exposure.check(settings)
    app = web.Application(middlewares=[around], client_max_size=settings.items_body_limit)
    app[keys.SETTINGS] = settings
    app[keys.LIFE] = life = Life()
    app[keys.METRICS] = metrics = Metrics()
    app[keys.BUDGETS] = Budgets(rates_of(settings))
    ask, allows = partial(recall, app), partial(spending.allows, app)
    app[keys.FRONT] = Front(settings, life, metrics, ask, allows, request_id_of)
    app[keys.CONNECTIONS] = connections = Connections()
    app[keys.ADMISSION] = admission_of(settings, lambda: len(connections), time.monotonic)
    app[keys.ROUTES] = routes.register(app, settings.cors_origins)
    app[keys.OPENAPI] = openapi(routes.TABLE)
    app[keys.ASYNCAPI] = asyncapi()
    app.on_response_prepare.append(add_headers)
    app.cleanup_ctx.extend((_engine(engine, lock), _listeners, live_channel, _gauges))
    if settings.mock and engine is None:
        app.cleanup_ctx.append(playing)
    app.on_shutdown.append(say_goodbye)
    return app


def _engine(
    given: Engine | None, lock: int | None
) -> Callable[[web.Application], AsyncIterator[None]]:
    async def running(app: web.Application) -> AsyncIterator[None]:
        engine = given or await Engine.open(app[keys.SETTINGS], lock=lock)
        app[keys.ENGINE] = engine
        yield
        await app[keys.LIFE].settle(SETTLE_S)
        if given is None:
            await engine.close()

    return running


async def _listeners(app: web.Application) -> AsyncIterator[None]:
    """The cache and the metrics hear the log before anybody can ask them."""
    engine = app[keys.ENGINE]
    app[keys.CACHE] = cache = Cache(engine.log)
    stop_cache = engine.log.listen(cache)
    stop_metrics = engine.log.listen(app[keys.METRICS])
    yield
    stop_metrics()
    stop_cache()
    await cache.settle(SETTLE_S)


async def _gauges(app: web.Application) -> AsyncIterator[None]:
    metrics, hub, log = app[keys.METRICS], app[keys.HUB], app[keys.ENGINE].log
    connections = app[keys.CONNECTIONS]
    metrics.gauge("wireroom_live_subscribers", "Open live streams.", lambda: len(hub))
    metrics.gauge("wireroom_live_slow", "Streams that wait to drain.", lambda: hub.slow_count)
    metrics.gauge("wireroom_live_head", "Sequence number of the newest event.", lambda: log.head)
    metrics.gauge("wireroom_connections", "Open connections.", lambda: len(connections))
    notary = app[keys.ENGINE].notary
    metrics.gauge(
        "wireroom_anchor_waiting", "Signed heads not in the second place.", lambda: notary.waiting
    )
    metrics.gauge(
        "wireroom_anchor_failures", "Times the second place failed.", lambda: notary.failures
    )
    lag = LoopLag(asyncio.get_running_loop().time)
    metrics.gauge(
        "wireroom_loop_lag_seconds", "Worst delay of the event loop since the last look.", lag.worst
    )
    watch = asyncio.create_task(watching(lag), name="wireroom-loop-lag")
    yield
    watch.cancel()
