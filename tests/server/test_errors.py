import re
from pathlib import Path

import pytest
from aiohttp import web

from engine import errors as engine
from engine.errors import WireroomError
from server import errors
from server.live import closing

ELSEWHERE = ("server.cli", "tests")


def every_error(root: type[WireroomError] = WireroomError) -> list[type[WireroomError]]:
    """All of the product but the command line's own, which no server ever answers."""
    children = (one for child in root.__subclasses__() for one in every_error(child))
    return [one for one in (root, *children) if not one.__module__.startswith(ELSEWHERE)]


@pytest.mark.parametrize("error", every_error(), ids=lambda error: error.__name__)
def test_every_error_has_its_own_row(error: type[WireroomError]) -> None:
    assert error in errors.TABLE


@pytest.mark.parametrize("row", errors.TABLE.values())
def test_every_close_code_is_one_of_the_live_channel(row: errors.Row) -> None:
    assert row.close in closing.BY_CODE


def test_a_new_subclass_takes_its_ancestors_row() -> None:
    class TooEarly(engine.Conflict):
        code = "too_early"

    assert errors.row(TooEarly("Not yet.")).status == 409


def test_codes_are_stable_and_told_apart() -> None:
    codes = [error.code for error in every_error()]

    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (engine.GateShut("Two are missing.", missing=("Analyst",)), 403, "gate_shut"),
        (engine.Interrupted("All is held."), 409, "interrupted"),
        (engine.StaleDigest("It changed."), 409, "stale_digest"),
        (engine.PreconditionRequired("If-Match is missing."), 428, "precondition_required"),
        (engine.IdempotencyMismatch("Another request."), 422, "idempotency_mismatch"),
        (engine.RunInProgress("A run is on."), 409, "run_in_progress"),
        (errors.TooLarge("Too large."), 413, "too_large"),
        (TimeoutError(), 503, "timeout"),
    ],
)
def test_errors_answer_with_status_and_code(error: Exception, status: int, code: str) -> None:
    answer = errors.answer(error)

    assert (answer.status, answer.code) == (status, code)


def test_missing_signoffs_are_named_in_the_details() -> None:
    answer = errors.answer(engine.GateShut("One is missing.", missing=("Analyst",)))

    assert answer.details == {"missing": ("Analyst",)}


def test_nobody_is_told_how_to_sign_in() -> None:
    answer = errors.answer(engine.Unauthenticated("Sign in."))

    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_an_unknown_exception_shows_nothing_of_itself() -> None:
    answer = errors.answer(RuntimeError("the password is hunter2"))

    assert (answer.status, answer.code, answer.message) == (500, "internal", "Internal error.")


def test_unavailable_says_when_to_come_back() -> None:
    answer = errors.answer(engine.StoreFailed("The disk is full."))

    assert answer.headers["Retry-After"] == "5"


def test_a_sentence_that_aiohttp_was_given_is_kept() -> None:
    error = web.HTTPServiceUnavailable(text="Come back.", headers={"Retry-After": "7"})

    answer = errors.answer(error)

    assert answer.message == "Come back."
    assert answer.headers["Retry-After"] == "7"


def test_a_status_without_words_of_ours_keeps_its_reason() -> None:
    answer = errors.answer(web.HTTPGone())

    assert (answer.code, answer.message) == ("http_410", "Gone.")


def test_the_reference_page_is_the_table() -> None:
    page = (Path(__file__).parents[2] / "docs/reference/errors.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\d+) \| (\d+) \|", page, re.MULTILINE)

    assert set(told) == {
        (error.code, str(errors.TABLE[error].status), str(errors.TABLE[error].close))
        for error in every_error()
    }
