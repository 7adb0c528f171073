"""``title:Headline,url:Link``: which column of a file holds what. Pure.

One grammar for the command line and for uploads.
"""

from engine.errors import Invalid
from engine.ingest.columns import FIELDS


def columns_of(text: str) -> dict[str, str]:
    """The mapping from item field to column name; empty for an empty text. Raises Invalid."""
    columns: dict[str, str] = {}
    for part in filter(None, text.split(",")):
        field, column = _pair(part)
        if field in columns:
            raise Invalid(f"columns: {field!r} is given twice.", field="columns")
        columns[field] = column
    if columns and "title" not in columns:
        raise Invalid("columns must say which column holds the title.", field="columns")
    return columns


def _pair(part: str) -> tuple[str, str]:
    field, colon, column = (piece.strip() for piece in part.partition(":"))
    if not colon or not field or not column:
        raise Invalid(f"columns: {part[:64]!r} is not FIELD:COLUMN.", field="columns")
    if field not in FIELDS:
        known = ", ".join(FIELDS)
        raise Invalid(
            f"columns: there is no field {field[:64]!r}; an item has {known}.",
            field="columns",
            known=FIELDS,
        )
    return field, column
