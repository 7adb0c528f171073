"""The whole URL table, on one screen. Data, and the one function that registers it.

Columns: method, path, handler, needs, body limit, timeout (see ``route.py`` for the words).
"""

from collections.abc import Iterable

import aiohttp_cors
from aiohttp import web

from server.dashboard import dashboard
from server.http.route import Route
from server.live.sse import events
from server.live.websocket import websocket
from server.pages import pages
from server.rest import (
    assets,
    audit,
    briefs,
    changes,
    classify,
    config,
    custody,
    exports,
    health,
    ingest,
    people,
    review,
    roi,
    session,
    sources,
    tokens,
)

# fmt: off
TABLE: tuple[Route, ...] = (
    Route("GET",    "/ingest/status",           ingest.status,          "read"),
    Route("POST",   "/ingest/run",              ingest.run,             "ingest"),
    Route("POST",   "/ingest/items",            ingest.push,            "ingest", "items", "long"),
    Route("POST",   "/ingest/items/{id}/withdraw", ingest.withdraw,     "ingest", "body", "long"),
    Route("GET",    "/ingest/sources",          sources.listed,         "read"),
    Route("POST",   "/ingest/sources",          sources.add,            "configure"),
    Route("PATCH",  "/ingest/sources/{id}",     sources.pause,          "ingest"),
    Route("DELETE", "/ingest/sources/{id}",     sources.remove,         "configure"),
    Route("GET",    "/classify/today",          classify.today,         "read"),
    Route("POST",   "/classify/{id}/correct",   classify.correct,       "correct"),
    Route("POST",   "/classify/{id}/merge",     classify.merge,         "correct", "body", "long"),
    Route("POST",   "/classify/{id}/split",     classify.split,         "correct", "body", "long"),
    Route("GET",    "/brief/{id}",              briefs.get,             "read"),
    Route("GET",    "/brief/{id}/difference",   briefs.difference,      "read"),
    Route("PUT",    "/brief/{id}",              briefs.edit,            "edit"),
    Route("POST",   "/brief/{id}/write",        briefs.write,           "edit", "body", "long"),
    Route("POST",   "/brief/{id}/review",       briefs.open_review,     "review"),
    Route("POST",   "/brief/{id}/adopt",        briefs.adopt,           "edit"),
    Route("POST",   "/assets/generate",         assets.generate,        "read"),
    Route("GET",    "/roi/today",               roi.today,              "read"),
    Route("POST",   "/export/{id}",             exports.create,         "review", "body", "long"),
    Route("GET",    "/export/{id}",             exports.latest,         "read"),
    Route("GET",    "/export/{id}/verify",      exports.verified,       "read"),
    Route("GET",    "/exports/today",           exports.today,          "read"),
    Route("GET",    "/config",                  config.get,             "read"),
    Route("POST",   "/config",                  config.change,          "configure"),
    Route("GET",    "/review/status",           review.status,          "read"),
    Route("GET",    "/review/inbox",            review.inbox,           "read"),
    Route("POST",   "/review/signoff",          review.sign,            "review"),
    Route("POST",   "/review/withdraw",         review.withdraw,        "review"),
    Route("POST",   "/review/clear",            review.clear,           "review"),
    Route("POST",   "/review/interrupt",        review.interrupt,       "interrupt"),
    Route("POST",   "/review/resume",           review.resume,          "interrupt"),
    Route("GET",    "/session",                 session.who,            "anyone"),
    Route("POST",   "/session",                 session.sign_in,        "anyone"),
    Route("DELETE", "/session",                 session.sign_out,       "anyone"),
    Route("POST",   "/session/ticket",          session.ticket,         "anyone"),
    Route("GET",    "/tokens",                  tokens.listed,          "tokens"),
    Route("POST",   "/tokens",                  tokens.issue,           "tokens"),
    Route("DELETE", "/tokens/{id}",             tokens.revoke,          "tokens"),
    Route("GET",    "/people",                  people.listed,          "people"),
    Route("POST",   "/people/{id}/roles",       people.grant,           "people"),
    Route("DELETE", "/people/{id}/roles/{role}", people.take,           "people"),
    Route("POST",   "/people/{id}/deputies",    people.deputise,        "people"),
    Route("DELETE", "/people/{id}/deputies/{role}", people.end_deputy,  "people"),
    Route("GET",    "/changes",                 changes.waiting,        "people"),
    Route("POST",   "/changes/{id}/confirm",    changes.confirm,        "people"),
    Route("DELETE", "/changes/{id}",            changes.refuse,         "people"),
    Route("GET",    "/audit",                   audit.page,             "audit", "body", "long"),
    Route("GET",    "/audit/verify",            audit.verify,           "audit", "body", "long"),
    Route("POST",   "/audit/key",               audit.rotate_key,       "tokens"),
    Route("GET",    "/holds",                   custody.listed,         "audit"),
    Route("POST",   "/holds",                   custody.hold,           "tokens"),
    Route("DELETE", "/holds",                   custody.release,        "tokens"),
    Route("POST",   "/erase",                   custody.erase,          "tokens", "body", "long"),
    Route("GET",    "/healthz",                 health.alive,           "public"),
    Route("GET",    "/readyz",                  health.ready,           "public"),
    Route("GET",    "/metrics",                 health.metrics,         "read"),
    Route("GET",    "/openapi.json",            pages.openapi,          "public"),
    Route("GET",    "/asyncapi.json",           pages.asyncapi,         "public"),
    Route("GET",    "/docs",                    pages.docs,             "public"),
    Route("GET",    "/",                        dashboard.page,         "public"),
    Route("GET",    "/dashboard/{version}/{room}/{name}", dashboard.static, "public"),
    Route("GET",    "/client.js",               pages.client,           "public"),
    Route("GET",    "/static/{name}",           pages.static,           "public"),
    Route("GET",    "/ws",                      websocket,              "anyone", "body", "none"),
    Route("GET",    "/events",                  events,                 "read", "body", "none"),
)
# fmt: on


def register(
    app: web.Application, origins: Iterable[str], table: Iterable[Route] = TABLE
) -> dict[web.AbstractRoute, Route]:
    """Add every row to the application, with CORS for ``origins``; says which became which.

    One aiohttp resource per path: else aiohttp answers a preflight of the second method 403.
    """
    cors = _cors(app, tuple(origins))
    resources: dict[str, web.Resource] = {}
    made: dict[web.AbstractRoute, Route] = {}
    for row in table:
        resource = resources.get(row.path)
        if resource is None:
            resource = resources[row.path] = app.router.add_resource(row.path)
            if cors:
                cors.add(resource)
        for method in ("GET", "HEAD") if _has_head(row) else (row.method,):
            added = resource.add_route(method, row.handler)
            made[cors.add(added) if cors else added] = row
    return made


def _has_head(row: Route) -> bool:
    return row.method == "GET" and not row.is_stream


def _cors(app: web.Application, origins: tuple[str, ...]) -> aiohttp_cors.CorsConfig | None:
    if not origins:
        return None
    options = aiohttp_cors.ResourceOptions(  # type: ignore[no-untyped-call]  # untyped library
        allow_credentials=True,
        expose_headers=(
            "ETag",
            "X-Request-Id",
            "Retry-After",
            "RateLimit",
            "RateLimit-Policy",
            "Content-Disposition",
        ),
        allow_headers=(
            "Authorization",
            "Content-Type",
            "Idempotency-Key",
            "If-Match",
            "If-None-Match",
            "Last-Event-ID",
            "X-Request-Id",
        ),
        allow_methods="*",
        max_age=600,
    )
    return aiohttp_cors.setup(app, defaults=dict.fromkeys(origins, options))
