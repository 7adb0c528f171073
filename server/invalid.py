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
_NO_TIME = "Invalid RFC3339 encoded datetime"
_EXPECTED = re.compile(
    r"Expected `(?P<kinds>[^`]+)`(?P<limit>.*?)(?:, got `(?P<got>[^`]+)`)?", re.DOTALL
).fullmatch
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time",
}
_LIMITS = {
    "of length": "with a length",
    ">=": "of at least",
    "<=": "of at most",
    "matching regex": "that matches",
    "with a timezone component": "with a time zone",
}


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
    name = f"{noun} {field!r}" if field else f"The {whole}"
    details: dict[str, object] = {"field": field} if field else {}
    if needed := _needed(problem):
        return Invalid(f"{name} must be {needed}.", **details)
    known = _choices(shape, field) if problem.startswith("Invalid enum value") else ()
    if known:
        problem += f"; known are {', '.join(known)}"
        details["known"] = known
    if not field:
        name += " is not acceptable"
    return Invalid(f"{name}: {problem}.", **details)


def _needed(problem: str) -> str:
    """What would have been right; empty where the decoder does not say."""
    if problem == _NO_TIME:
        return "a time such as 2026-03-02T08:30:00Z"
    found = _EXPECTED(problem)
    if not found:
        return ""
    kinds = " or ".join(_WORDS.get(kind, kind) for kind in found["kinds"].split(" | "))
    limit = found["limit"]
    for theirs, ours in _LIMITS.items():
        limit = limit.replace(theirs, ours)
    not_this = f", not {_WORDS.get(found['got'], found['got'])}" if found["got"] else ""
    return f"{kinds}{limit}{not_this}"


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
