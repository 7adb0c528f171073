"""Column types: aware UTC datetimes and msgspec documents."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from sqlalchemy import DateTime, Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator

from engine.errors import StoreFailed


class UtcDateTime(TypeDecorator[datetime]):
    """Aware UTC datetimes in and out; SQLite keeps no zone, so it is dropped and put back."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Document(TypeDecorator[Any]):
    """A msgspec struct kept as JSON. A row that no longer decodes is our fault."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, of: Any) -> None:
        super().__init__()
        self.of = of
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(of)

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        return None if value is None else self._encoder.encode(value)

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> Any:
        if value is None:
            return None
        try:
            return self._decoder.decode(value)
        except msgspec.DecodeError as error:
            raise StoreFailed(f"A stored record cannot be read: {error}.") from None
