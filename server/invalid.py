"""What the decoder says of wrong input, as sentences for people. Pure."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec import Struct

from engine.errors import Invalid
from engine.model import ID_PATTERN

NOT_BLANK = r"\S"
ID_OR_NOTHING = f"^$|{ID_PATTERN}"
"""Patterns of shapes that have words here."""
_AT = re.compile(r"(?P<problem>.*) - at `(?P<where>.+)`", re.DOTALL)  # the last one: values lie
_UNKNOWN_FIELD = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL).fullmatch
_MISSING_FIELD = re.compile(r"Object missing required field `(.*)`", re.DOTALL).fullmatch
_OF_A_NAME = "key` in `"
_NO_TIME = (
    "Invalid RFC3339 encoded datetime",
    "Invalid epoch timestamp",
    "Timestamp is out of range",
)
_EXPECTED = re.compile(
    r"Expected `(?P<kinds>[^`]+)`(?P<limit>.*?)(?:, got `(?P<got>[^`]+)`)?", re.DOTALL
).fullmatch
_LENGTH = re.compile(r" of length (?P<sign>>=|<=) (?P<number>\d+)").fullmatch
_BOUND = re.compile(r" (?P<sign>>=|<=) (?P<number>\S+)").fullmatch
_UNKNOWN_CHOICE = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL).fullmatch
_BOUNDS = {">=": "at least", "<=": "at most"}
_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "text",
    "bool": "true or false",
    "array": "a list",
    "object": "an object",
    "datetime": "a time",
}
_ID = "1 to 64 lower-case letters, digits and dashes"
_FORMS = {
    f" matching regex {ID_PATTERN!r}": f" of {_ID}",
    f" matching regex {ID_OR_NOTHING!r}": f" of {_ID}, or empty",
    f" matching regex {NOT_BLANK!r}": " that is not blank",
    " with a timezone component": " with a time zone",
}


def invalid(error: msgspec.ValidationError, shape: type[Struct], whole: str = "body") -> Invalid:
    """What was found wrong with a ``shape``: a sentence that names the field and, for a choice, the
    choices. ``whole`` is what it calls all of it; of a ``query`` every value came as text."""
    is_query = whole == "query"
    noun = "Query parameter" if is_query else "Field"
    found = _AT.fullmatch(str(error))
    problem, where = (found["problem"], found["where"]) if found else (str(error), None)
    if where and where.startswith(_OF_A_NAME):
        where, whole = None, "name of a field"
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
    if needed := _needed(problem, all_is_text=is_query):
        return Invalid(f"{name} must be {needed}.", **details)
    if choice := _UNKNOWN_CHOICE(problem):
        problem = f"there is no {choice['value'][:64]}"
        if known := _choices(shape, field):
            problem += f"; known are {', '.join(known)}"
            details["known"] = known
    if not field:
        name += " is not acceptable"
    return Invalid(f"{name}: {problem}.", **details)


def _needed(problem: str, *, all_is_text: bool) -> str:
    """What would have been right; empty where the decoder does not say."""
    if problem.startswith(_NO_TIME):
        return "a time such as 2026-03-02T08:30:00Z"
    found = _EXPECTED(problem)
    if not found:
        return ""
    kinds = [kind for kind in found["kinds"].split(" | ") if kind != "null"] or ["null"]
    wanted = " or ".join(_WORDS.get(kind, kind) for kind in kinds)
    wanted += _limit(found["limit"], kinds)
    if all_is_text or not found["got"]:
        return wanted
    got = "a fraction" if found["got"] == "float" else _WORDS.get(found["got"], found["got"])
    return f"{wanted}, not {got}"


def _limit(limit: str, kinds: list[str]) -> str:
    if length := _LENGTH(limit):
        number = int(length["number"])
        if (length["sign"], number) == (">=", 1):
            return " that is not empty"
        unit = "characters" if "str" in kinds else "entries"
        return f" of {_BOUNDS[length['sign']]} {number:,} {unit}"
    if bound := _BOUND(limit):
        return f" of {_BOUNDS[bound['sign']]} {bound['number'].removesuffix('.0')}"
    return _FORMS.get(limit, limit.replace(" matching regex", " that matches"))


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
