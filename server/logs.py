"""Structured logs: one JSON object a line on stderr, without secrets, query strings or bodies."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, BinaryIO

import msgspec
import structlog
from aiohttp.http_exceptions import HttpProcessingError

SECRET = frozenset(
    {"authorization", "cookie", "password", "secret", "set-cookie", "ticket", "token"}
)
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}
_encoder = msgspec.json.Encoder(enc_hook=repr)


def configure(level: str, stream: BinaryIO | None = None) -> None:
    """Send structlog's and the standard library's logs to ``stream`` from ``level`` on."""
    number = _LEVELS.get(level.lower(), logging.INFO)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            redact,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.BytesLoggerFactory(file=stream or sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    # What libraries say of their own doings is noise below a warning.
    logging.basicConfig(handlers=[Forward()], level=max(number, logging.WARNING), force=True)


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Blank what must never be written, by its name, whoever logs it."""
    for name in event:
        if name.lower() in SECRET:
            event[name] = "[redacted]"
    return event


def render(_logger: object, _method: str, event: MutableMapping[str, Any]) -> bytes:
    return _encoder.encode(event)


class Forward(logging.Handler):
    """Carries what libraries log through ``logging`` into the same stream."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        fault = record.exc_info[1] if record.exc_info else None
        if isinstance(fault, HttpProcessingError):
            # Bytes that are no request: no defect of ours, and what they hold may be a credential.
            log.info("not_http", reason=type(fault).__name__, status=fault.code)
            return
        level = logging.getLevelName(record.levelno).lower()
        write = getattr(log, level if level in _LEVELS else "info")
        write("library", logger=record.name, message=record.getMessage(), exc_info=record.exc_info)
