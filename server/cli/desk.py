"""Which desk a command talks to: the one at a URL, the live owner of the folder, or the folder.

Commands know only ``Desk``; ``remote`` and ``local`` keep its promises over REST and in-process.
"""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

from engine.errors import DataFolderBusy, Invalid
from engine.ingest.sources import NewSource
from engine.ingest.urls import is_url
from engine.log.verify import AuditResult
from engine.model import (
    Change,
    ErasedReply,
    Hold,
    IssuedToken,
    Person,
    Progress,
    Record,
    RunRow,
    SigningKey,
    StandIn,
    TokenRow,
)
from engine.settings import Settings, host_and_port, load
from engine.store.folder import owner
from server.cli import credentials
from server.serving.exposure import address

VARIABLE = "WIREROOM_URL"
OnProgress = Callable[[Progress], None]


class Desk(Protocol):
    """What commands ask of a desk. Refusals are WireroomErrors with the desk's own sentence."""

    async def ingest(self, sources: Sequence[NewSource], show: OnProgress) -> RunRow:
        """Read the sources; returns the counts when everything is committed."""
        ...

    async def export(self, brief_id: str) -> tuple[str, bytes]:
        """A file name and the package."""
        ...

    async def issue_token(
        self, name: str, roles: tuple[str, ...], ttl_hours: int | None, service: bool
    ) -> IssuedToken: ...

    async def tokens(self) -> tuple[TokenRow, ...]: ...

    async def revoke_token(self, token_id: str) -> TokenRow: ...

    async def people(self) -> tuple[Person, ...]: ...

    async def grant(self, person_id: str, role: str) -> Person | Change: ...

    async def take(self, person_id: str, role: str) -> Person: ...

    async def deputise(self, person_id: str, stand_in: StandIn) -> Person | Change: ...

    async def end_deputy(self, person_id: str, role: str) -> Person: ...

    async def changes(self) -> tuple[Change, ...]: ...

    async def confirm(self, change_id: str) -> Change: ...

    async def refuse(self, change_id: str) -> Change: ...

    async def verify_audit(self) -> AuditResult: ...

    async def rotate_key(self) -> SigningKey: ...

    async def hold(self, subject: str, why: str) -> Hold: ...

    async def holds(self) -> tuple[Hold, ...]: ...

    async def end_hold(self, subject: str) -> Hold: ...

    async def erase_person(self, name: str, why: str) -> ErasedReply: ...

    async def erase_item(self, item_id: str, why: str) -> ErasedReply: ...


class Where(Record, frozen=True, kw_only=True):
    """What the options say of the desk."""

    url: str | None = None
    data_dir: Path | None = None
    config: Path | None = None
    token_file: Path | None = None


@asynccontextmanager
async def open_desk(where: Where, *, resume: bool = False) -> AsyncIterator[Desk]:
    """The desk that ``where`` names, open until the block ends.

    Only with ``resume`` does a desk opened here go on with a run that was cut off.
    """
    settings = load(os.environ, where.config, data_dir=where.data_dir)
    url = live_url(where, settings)
    if url is None:
        from server.cli.local import open_local

        async with open_local(settings, resume=resume) as local:
            yield local
    else:
        from server.cli.remote import open_remote

        token = credentials.token(os.environ, where.token_file)
        async with open_remote(url, token) as remote:
            yield remote


def live_url(where: Where, settings: Settings) -> str | None:
    """Where a running desk answers, or None when nobody owns the data folder."""
    asked = asked_url(where, os.environ)
    if asked:
        return asked
    live = owner(settings.data_dir)
    if live is None:
        return None
    if not live.addr:
        raise DataFolderBusy(
            f"Another wireroom command (process {live.pid}) is using {settings.data_dir}: "
            "try again when it is done."
        )
    listens = replace(settings, addr=live.addr)
    return address(listens, host_and_port(listens)[1])


def asked_url(where: Where, environ: Mapping[str, str]) -> str:
    """What ``--url`` says, else the environment; a folder that is named is meant, not the latter.

    Raises Invalid for what is no web address. Empty when nobody said anything.
    """
    url = where.url or ("" if where.data_dir else environ.get(VARIABLE, ""))
    url = url.strip().rstrip("/")
    if url and "://" not in url:
        url = f"http://{url}"
    if url and not is_url(url):
        raise Invalid(f"{url} is not the address of a desk: expected http://host:port.")
    return url
