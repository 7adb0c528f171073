"""The desk's single records: config, interrupt, edition, analysis position, where its clock is."""

from datetime import datetime
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, select
from sqlalchemy.dialects.sqlite import insert

from engine.model import Config, Edition, Interrupt, Record
from engine.store.tables import desk

T = TypeVar("T", bound=msgspec.Struct)


class AnalysisPosition(Record, frozen=True, kw_only=True):
    """How many analysis batches the store holds; the worker's state must be at the same one."""

    position: int = 0


class LookedAt(Record, frozen=True, kw_only=True):
    """Up to when the timekeeper has looked at the clock."""

    moment: datetime


def config(connection: Connection) -> Config:
    return _get(connection, "config", Config) or Config()


def interrupt(connection: Connection) -> Interrupt:
    return _get(connection, "interrupt", Interrupt) or Interrupt()


def edition(connection: Connection) -> Edition | None:
    return _get(connection, "edition", Edition)


def analysis_position(connection: Connection) -> int:
    return (_get(connection, "analysis", AnalysisPosition) or AnalysisPosition()).position


def looked_at(connection: Connection) -> datetime | None:
    found = _get(connection, "clock", LookedAt)
    return found.moment if found else None


def put_config(connection: Connection, value: Config) -> None:
    _put(connection, "config", value)


def put_interrupt(connection: Connection, value: Interrupt) -> None:
    _put(connection, "interrupt", value)


def put_edition(connection: Connection, value: Edition) -> None:
    _put(connection, "edition", value)


def put_analysis_position(connection: Connection, position: int) -> None:
    _put(connection, "analysis", AnalysisPosition(position=position))


def put_looked_at(connection: Connection, moment: datetime) -> None:
    _put(connection, "clock", LookedAt(moment=moment))


_ONE = select(desk.c.body).where(desk.c.key == bindparam("key"))


def _get(connection: Connection, key: str, of: type[T]) -> T | None:
    body = connection.execute(_ONE, {"key": key}).scalar()
    return None if body is None else msgspec.json.decode(body, type=of)


def _put(connection: Connection, key: str, value: msgspec.Struct) -> None:
    body = msgspec.json.encode(value)
    statement = insert(desk).values(key=key, body=body)
    connection.execute(
        statement.on_conflict_do_update(index_elements=[desk.c.key], set_={"body": body})
    )
