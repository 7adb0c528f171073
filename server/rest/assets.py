"""Assets: copy made from a brief for one audience. Nothing is stored."""

from aiohttp import web

from engine.model import Audience, Content, Id, Record
from server import keys
from server.http import envelope, reading


class AssetsRequest(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Either a stored brief by id, or the content of one."""

    audience: Audience
    brief_id: Id | None = None
    brief: Content | None = None


async def generate(request: web.Request) -> web.Response:
    """Copy for one audience; marked as unsigned until the brief's gate is open."""
    asked = await reading.body(request, AssetsRequest)
    briefs = request.app[keys.ENGINE].briefs
    reply = await briefs.assets(asked.brief_id, asked.brief, asked.audience)
    return envelope.success(envelope.wrap(reply))
