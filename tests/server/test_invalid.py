"""What was found wrong with a value, as a sentence that says what would have been right."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
import pytest
from msgspec import Meta, Struct

from engine.errors import Invalid
from engine.model import Id
from server.invalid import invalid

ID = "1 to 64 lower-case letters, digits and dashes"


class Shape(Struct):
    count: Annotated[int, Meta(ge=1, le=50)] = 1
    share: Annotated[float, Meta(le=1.0)] = 0.0
    id: Id = "a"
    code: Annotated[str, Meta(pattern="^[a-f]$")] = "a"
    mood: Literal["calm", "keen"] = "calm"
    name: Annotated[str, Meta(min_length=1, max_length=3, pattern=r"\S")] = "a"
    names: Annotated[tuple[str, ...], Meta(min_length=1, max_length=2)] = ("a",)
    flag: bool | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ('{"count":0}', "Field 'count' must be a whole number of at least 1."),
        ('{"count":51}', "Field 'count' must be a whole number of at most 50."),
        ('{"count":1.5}', "Field 'count' must be a whole number, not a fraction."),
        ('{"share":"x"}', "Field 'share' must be a number, not text."),
        ('{"name":""}', "Field 'name' must be text that is not empty."),
        ('{"name":"abcd"}', "Field 'name' must be text of at most 3 characters."),
        ('{"name":" "}', "Field 'name' must be text that is not blank."),
        ('{"names":[]}', "Field 'names' must be a list that is not empty."),
        ('{"names":["a",{}]}', "Field 'names[1]' must be text, not an object."),
        ('{"flag":"yes"}', "Field 'flag' must be true or false, not text."),
        ('{"mood":"sad"}', "Field 'mood': there is no 'sad'; known are calm, keen."),
        ('{"id":"No"}', f"Field 'id' must be text of {ID}."),
        ('{"code":"z"}', "Field 'code' must be text that matches '^[a-f]$'."),
        ('{"share":2}', "Field 'share' must be a number of at most 1."),
        ('{"names":["a","b","c"]}', "Field 'names' must be a list of at most 2 entries."),
        ('{"at":"noon"}', "Field 'at' must be a time such as 2026-03-02T08:30:00Z."),
        ('{"at":"2026-03-02T08:30:00"}', "Field 'at' must be a time with a time zone."),
        ("[]", "The body must be an object, not a list."),
    ],
)
def test_a_wrong_value_is_told_what_it_must_be(given: str, sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.json.decode(given, type=Shape)

    assert str(invalid(found.value, Shape)) == sentence


def found_wrong(given: object, whole: str = "body") -> Invalid:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.convert(given, Shape, strict=False)
    return invalid(found.value, Shape, whole)


def test_the_details_name_the_field_and_its_choices() -> None:
    assert found_wrong({"mood": "sad"}).details == {"field": "mood", "known": ("calm", "keen")}
    assert found_wrong({"names": ["a", {}]}).details == {"field": "names[1]"}
    assert found_wrong([]).details == {}


def test_a_query_parameter_is_not_told_that_it_is_text() -> None:
    sentence = str(found_wrong({"count": "many"}, whole="query"))

    assert sentence == "Query parameter 'count' must be a whole number."


def test_a_value_that_looks_like_the_end_of_a_sentence_names_no_other_field() -> None:
    refusal = found_wrong({"mood": "sad - at `$.count`" + "!" * 10_000})

    assert refusal.details["field"] == "mood"
    assert len(str(refusal)) < 200


def test_a_name_that_is_no_text_is_called_that() -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.msgpack.decode(msgspec.msgpack.encode({1: 2}), type=Shape)

    assert str(invalid(found.value, Shape)) == (
        "The name of a field must be text, not a whole number."
    )
