"""What was found wrong with a value, as a sentence that says what would have been right."""

from datetime import datetime
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta, Struct

from server.invalid import invalid


class Shape(Struct):
    count: Annotated[int, Meta(ge=1, le=50)] = 1
    share: float = 0.0
    name: Annotated[str, Meta(min_length=1, max_length=3, pattern=r"\S")] = "a"
    names: Annotated[tuple[str, ...], Meta(min_length=1)] = ("a",)
    flag: bool | None = None
    at: Annotated[datetime, Meta(tz=True)] | None = None


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ('{"count":0}', "Field 'count' must be a whole number of at least 1."),
        ('{"count":51}', "Field 'count' must be a whole number of at most 50."),
        ('{"count":1.5}', "Field 'count' must be a whole number, not a number."),
        ('{"share":"x"}', "Field 'share' must be a number, not text."),
        ('{"name":""}', "Field 'name' must be text with a length of at least 1."),
        ('{"name":"abcd"}', "Field 'name' must be text with a length of at most 3."),
        ('{"name":" "}', "Field 'name' must be text that matches '\\\\S'."),
        ('{"names":[]}', "Field 'names' must be a list with a length of at least 1."),
        ('{"names":["a",{}]}', "Field 'names[1]' must be text, not an object."),
        ('{"flag":"yes"}', "Field 'flag' must be true or false or null, not text."),
        ('{"at":"noon"}', "Field 'at' must be a time such as 2026-03-02T08:30:00Z."),
        ('{"at":"2026-03-02T08:30:00"}', "Field 'at' must be a time with a time zone."),
        ("[]", "The body must be an object, not a list."),
    ],
)
def test_a_wrong_value_is_told_what_it_must_be(given: str, sentence: str) -> None:
    with pytest.raises(msgspec.ValidationError) as found:
        msgspec.json.decode(given, type=Shape)

    assert str(invalid(found.value, Shape)) == sentence
