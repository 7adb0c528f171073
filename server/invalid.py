"""What the decoder says of wrong input, as sentences for people. Pure."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

from engine.errors import Invalid

_AT = re.compile(r"(?P<problem>.*?)(?: - at `(?P<where>.+)`)?", re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)")
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL).fullmatch
_MISSING_FIELD = re.compile(r"Object missing required field `(.*)`", re.DOTALL).fullmatch
_TRUNCATED = "Input data was truncated"


def not_json(problem: str, size: int, at: int = 0) -> tuple[str, int]:
    """Why ``size`` bytes are no JSON, and the byte; they begin at byte ``at`` of the whole."""
    found = _BYTE.search(problem)
    byte = at + (int(found[1]) if found else size)
    if problem == _TRUNCATED:
        return f"it ends too early (byte {byte})", byte
    return _BYTE.sub(f"(byte {byte})", problem.removeprefix("JSON is malformed: ")), byte


def invalid(
    error: msgspec.ValidationError, shape: type[Struct], noun: str = "Field", whole: str = "body"
) -> Invalid:
    """What was found wrong with a ``shape``: a sentence that names the field and, for a choice, the
    choices. ``whole`` is what it calls all of it."""
    found = _AT.fullmatch(str(error))
    problem, where = (found["problem"], found["where"]) if found else (str(error), None)
    field = (where or "").removeprefix("$").removeprefix(".")
    missing = _MISSING_FIELD(problem)
    if missing:
        name = f"{field}.{missing[1]}" if field else missing[1]
        return Invalid(f"{noun} {name!r} is missing.", field=name)
    unknown = _UNKNOWN_FIELD(problem)
    if unknown:
        return _unknown_field(unknown[1][:64], field, shape)
    known = _choices(shape, field) if problem.startswith("Invalid enum value") else ()
    if known:
        problem += f"; known are {', '.join(known)}"
    if not field:
        problem = f"The {whole} is not acceptable: {problem}." if noun == "Field" else problem
        return Invalid(problem)
    details = {"known": known} if known else {}
    return Invalid(f"{noun} {field!r}: {problem}.", field=field, **details)


def _unknown_field(name: str, inside: str, shape: type[Struct]) -> Invalid:
    if inside:
        return Invalid(f"There is no field {name!r} in {inside!r}.", field=f"{inside}.{name}")
    known = shape.__struct_encode_fields__
    takes = f"known are {', '.join(known)}" if known else "none are taken here"
    return Invalid(f"There is no field {name!r}: {takes}.", field=name, known=known)


def _choices(shape: type[Struct], field: str) -> tuple[str, ...]:
    """The literal values that a field of ``shape`` may have."""
    name = re.split(r"[.\[]", field, maxsplit=1)[0]
    for known in msgspec.structs.fields(shape):
        if known.encode_name == name:
            return tuple(_literals(known.type))
    return ()


def _literals(kind: Any) -> Iterator[str]:
    if get_origin(kind) is Literal:
        yield from map(str, get_args(kind))
        return
    for part in get_args(kind):
        yield from _literals(part)
