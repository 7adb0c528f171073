"""Signs where the log ends, and puts that in a second place.

The private key is read from its file for every signature: a rotation counts at once, also for
the other process during a restart.
"""

import asyncio
from pathlib import Path

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace
from sqlalchemy import Connection

from engine.desk.context import Context
from engine.desk.permit import permit
from engine.desk.rights import require
from engine.errors import AnchorFailed, KeyUnusable, WireroomError
from engine.events.audit import AuditKeyRotated
from engine.log import signing
from engine.log.anchor import Anchor, Entry, anchor_at
from engine.model import SYSTEM, Principal, SignedHead, SigningKey
from engine.store import desk, heads, keyfile
from engine.store.writer import Tx

AT_ONCE = 500
"""Heads that are sent to the second place in one go."""

log = structlog.get_logger("wireroom.notary")


class Notary:
    def __init__(self, context: Context) -> None:
        self._context = context
        self._folder: Path = context.settings.data_dir
        self._place = context.settings.anchor
        self._anchor: Anchor | None = anchor_at(self._place)
        self._sending = asyncio.Lock()
        self.waiting = 0
        self.failures = 0

    async def open(self) -> None:
        """See that there is a key that only we can read; the first start makes one.

        Raises KeyUnusable: a desk whose key others hold proves nothing.
        """
        known = await self._context.read(heads.keys)
        private = await asyncio.to_thread(self._settled_key, known)
        if private is None:
            if known:
                log.warning("signing_key_missing", key=known[-1].id)
            await self._install(SYSTEM, None, is_first=not known)
        elif signing.key_id(private) not in {key.id for key in known}:
            key = signing.signing_key(private)
            await self._context.write(lambda tx: heads.add_key(tx.connection, key))

    async def sign(self) -> SignedHead | None:
        """Sign the log's end, if it has moved since, and tell the second place.

        Whatever goes wrong is logged and tried again the next time.
        """
        signed: SignedHead | None = None
        try:
            private = await asyncio.to_thread(self._key)
            signed = await self._context.write(lambda tx: sign_end(tx, private))
        except WireroomError as error:
            log.error("head_not_signed", code=error.code, reason=str(error))
        if self._anchor is not None:
            await self._tell(self._anchor)
        return signed

    async def rotate(self, by: Principal) -> SigningKey:
        """Make a new key, vouched for by the one before. For an admin."""

        def query(connection: Connection) -> None:
            require(by, "tokens", desk.config(connection))

        await self._context.read(query)
        before = await asyncio.to_thread(self._key)
        await self._context.write(lambda tx: sign_end(tx, before))
        return await self._install(by, before)

    async def _install(
        self, by: Principal, before: Ed25519PrivateKey | None, *, is_first: bool = False
    ) -> SigningKey:
        """On disk first, then in the store, then in its place: ``open`` settles what breaks off."""
        private = signing.new_private()
        key = signing.signing_key(private, before)
        pem = signing.to_pem(private)
        await asyncio.to_thread(keyfile.write, self._folder, pem, keyfile.NEXT_NAME)

        def command(tx: Tx) -> None:
            heads.add_key(tx.connection, key)
            if not is_first:
                permit(tx, by, "tokens")
                tx.record(AuditKeyRotated(key_id=key.id, endorsed_by=key.endorsed_by, by=by.name))

        await self._context.write(command)
        await asyncio.to_thread(keyfile.promote, self._folder)
        return key

    def _settled_key(self, known: tuple[SigningKey, ...]) -> Ed25519PrivateKey | None:
        """The key in use; a rotation that was cut off is finished or undone."""
        following = keyfile.read(self._folder, keyfile.NEXT_NAME)
        if following is not None:
            if known and signing.key_id(signing.from_pem(following)) == known[-1].id:
                keyfile.promote(self._folder)
            else:
                keyfile.discard_next(self._folder)
        pem = keyfile.read(self._folder)
        return None if pem is None else signing.from_pem(pem)

    def _key(self) -> Ed25519PrivateKey:
        return private_key(self._folder)

    async def _tell(self, anchor: Anchor) -> None:
        async with self._sending:
            try:
                while await self._send_some(anchor):
                    pass
            except AnchorFailed as error:
                self.failures += 1
                log.warning("anchor_failed", reason=str(error), waiting=self.waiting)
            except WireroomError as error:
                log.error("anchor_failed", code=error.code, reason=str(error))

    async def _send_some(self, anchor: Anchor) -> bool:
        """Send what has not been sent; the position moves only once it is there."""
        sent, entries, at, self.waiting = await self._context.read(self._unsent)
        if not entries:
            return False
        await asyncio.to_thread(anchor.append, entries)
        told = replace(sent, n=at, keys=(*sent.keys, *_keys_in(entries)))
        await self._context.write(lambda tx: desk.put_anchored(tx.connection, told))
        self.waiting = await self._context.read(lambda c: heads.count_after(c, at))
        return True

    def _unsent(
        self, connection: Connection
    ) -> tuple[desk.AnchoredUpTo, tuple[Entry, ...], int, int]:
        sent = desk.anchored(connection)
        if sent is None or sent.place != self._place:
            sent = desk.AnchoredUpTo(place=self._place)
        at, unsent = heads.after(connection, sent.n, AT_ONCE)
        keys = [key for key in heads.keys(connection) if key.id not in sent.keys]
        return sent, (*keys, *unsent), at, heads.count_after(connection, sent.n)


def sign_end(tx: Tx, private: Ed25519PrivateKey) -> SignedHead | None:
    """Sign where the log ends in this transaction; None when that is signed already."""
    last = heads.newest(tx.connection)
    end = (tx.head.epoch, tx.head.seq, signing.key_id(private))
    if not tx.head.seq or (last and (last.epoch, last.seq, last.key_id) == end):
        return None
    signed = signing.sign_head(private, tx.head, tx.now)
    heads.add(tx.connection, signed)
    return signed


def private_key(folder: Path) -> Ed25519PrivateKey:
    """The key in use. Raises KeyUnusable."""
    pem = keyfile.read(folder)
    if pem is None:
        raise KeyUnusable(f"There is no signing key in {folder}: the next start makes one.")
    return signing.from_pem(pem)


def _keys_in(entries: tuple[Entry, ...]) -> tuple[str, ...]:
    return tuple(entry.id for entry in entries if isinstance(entry, SigningKey))
