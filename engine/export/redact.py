"""What the audit file of a package leaves out: everybody's notes and reasons. Pure.

Notes are talk inside the desk. Leaving out only those of declines would need this to know every
event that can carry one; leaving out all of them cannot miss any.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from engine.model import AuditRow

MARK = "[redacted]"
PRIVATE_FIELDS = frozenset({"note", "reason"})
PRIVATE_TOPIC = "access."


def redacted(rows: Iterable[AuditRow], brief_id: str) -> tuple[AuditRow, ...]:
    """The rows about this brief, in order. ``hash`` stays that of the row as the desk keeps it."""
    return tuple(
        replace(row, data=None if row.data is None else _fields(row.data))
        for row in rows
        if row.subject == brief_id and not row.type.startswith(PRIVATE_TOPIC)
    )


def _fields(data: dict[str, object]) -> dict[str, object]:
    return {
        key: MARK if key in PRIVATE_FIELDS and value else _value(value)
        for key, value in data.items()
    }


def _value(value: object) -> object:
    if isinstance(value, dict):
        return _fields(value)
    if isinstance(value, list | tuple):
        return [_value(v) for v in value]
    return value
