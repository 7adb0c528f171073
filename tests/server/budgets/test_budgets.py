"""Who may ask how often, and what guessing costs whom."""

import asyncio

import pytest

from engine.errors import ProviderFailed, StoreFailed, Unauthenticated
from engine.settings import Settings
from server.budgets import budgets as module
from server.budgets.budgets import Budgets
from server.budgets.rates import MOCK, REAL, Rates, rates_of
from server.errors import TooManyRequests, answer
from tests.server.budgets.test_windows import Clock

HERE, THERE = "192.0.2.7", "192.0.2.8"


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Access:
    """Knows some secrets; counts how often it was asked."""

    def __init__(self, *valid: str) -> None:
        self.valid = set(valid)
        self.asked = 0

    async def authenticate(self, secret: str) -> str:
        self.asked += 1
        await asyncio.sleep(0)
        if secret not in self.valid:
            raise Unauthenticated("It is unknown.")
        return f"holder of {secret}"


async def guess(budgets: Budgets, access: Access, secret: str, address: str = HERE) -> str:
    """What came of it, in a word."""
    try:
        return await budgets.trying(address, secret, access.authenticate)
    except Unauthenticated:
        return "wrong"
    except TooManyRequests:
        return "too many"


# -- requests ------------------------------------------------------------------------------------


def test_a_principal_may_ask_so_often_and_no_more_until_the_minute_is_over(clock: Clock) -> None:
    budgets = Budgets(Rates(principal=3), clock)

    first = [budgets.allows("per-1", HERE) for _ in range(4)]
    clock.now += 60

    assert first == [True, True, True, False]
    assert budgets.allows("per-1", HERE)


def test_principals_at_one_address_have_a_budget_each(clock: Clock) -> None:
    budgets = Budgets(Rates(principal=1, address=1), clock)
    budgets.allows("per-1", HERE)

    assert budgets.allows("per-2", HERE)
    assert not budgets.allows("per-1", THERE)


def test_a_stranger_at_the_same_address_spends_nothing_of_those_who_are_known(
    clock: Clock,
) -> None:
    budgets = Budgets(Rates(principal=5, address=2), clock)

    strangers = [budgets.allows("", HERE) for _ in range(4)]

    assert strangers == [True, True, False, False]
    assert budgets.allows("per-1", HERE)
    assert budgets.allows("", THERE)


def test_zero_is_no_limit(clock: Clock) -> None:
    budgets = Budgets(Rates(), clock)

    assert all(budgets.allows(who, HERE) for who in ("per-1", "") * 1_000)


def test_the_refusal_says_which_budget_how_large_and_when_there_is_more(clock: Clock) -> None:
    budgets = Budgets(Rates(principal=2), clock)
    budgets.spend("per-1", HERE)
    budgets.spend("per-1", HERE)
    clock.now += 47.5

    with pytest.raises(TooManyRequests) as refused:
        budgets.spend("per-1", HERE)

    told = answer(refused.value)
    assert (told.status, told.code) == (429, "too_many_requests")
    assert told.message == "You ask too often (more than 2 in a minute): try again in 13 s."
    assert told.headers == {
        "Retry-After": "13",
        "RateLimit-Policy": '"principal";q=2;w=60',
        "RateLimit": '"principal";r=0;t=13',
    }


# -- credentials ---------------------------------------------------------------------------------


async def test_past_the_budget_wrong_credentials_are_not_even_looked_up(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=3), clock), Access()

    came = [await guess(budgets, access, f"guess-{n}") for n in range(5)]

    assert came == ["wrong", "wrong", "wrong", "too many", "too many"]
    assert access.asked == 3


async def test_guesses_that_come_at_once_are_slowed_as_well(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=3), clock), Access()

    came = await asyncio.gather(*(guess(budgets, access, f"guess-{n}") for n in range(50)))

    assert sorted(set(came)) == ["too many", "wrong"]
    assert access.asked == 3


@pytest.mark.parametrize("tokens", [1, 50])
async def test_a_crowd_that_comes_back_at_once_is_not_taken_for_one_who_guesses(
    clock: Clock, tokens: int
) -> None:
    valid = [f"right-{n}" for n in range(tokens)]
    budgets, access = Budgets(Rates(failed=3), clock), Access(*valid)

    came = await asyncio.gather(*(guess(budgets, access, valid[n % tokens]) for n in range(200)))

    assert {how.partition(" of ")[0] for how in came} == {"holder"}


async def test_after_the_minute_the_address_may_try_again(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=1), clock), Access("right")
    await guess(budgets, access, "guess")
    before = await guess(budgets, access, "right")

    clock.now += 60

    assert (before, await guess(budgets, access, "right")) == ("too many", "holder of right")


async def test_a_credential_that_was_right_is_let_in_whatever_others_guess(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=2), clock), Access("right")
    await guess(budgets, access, "right", THERE)
    for number in range(9):
        await guess(budgets, access, f"guess-{number}")

    assert await guess(budgets, access, "right") == "holder of right"
    assert await guess(budgets, access, "guess", THERE) == "wrong"


async def test_a_credential_that_was_given_out_is_let_in_the_first_time(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=1, sign_in=1), clock), Access("new")
    await guess(budgets, access, "guess")
    budgets.spend_sign_in(HERE, None)

    budgets.remember("new")

    budgets.spend_sign_in(HERE, "new")
    assert await guess(budgets, access, "new") == "holder of new"


async def test_a_right_credential_may_come_many_times_at_once(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=3), clock), Access("right")

    came = await asyncio.gather(*(guess(budgets, access, "right") for _ in range(50)))

    assert came == ["holder of right"] * 50


async def test_a_wrong_credential_that_comes_many_times_at_once_is_as_many_guesses(
    clock: Clock,
) -> None:
    budgets, access = Budgets(Rates(failed=3), clock), Access()

    came = await asyncio.gather(*(guess(budgets, access, "guess") for _ in range(50)))

    assert came.count("wrong") == access.asked == 3
    assert came.count("too many") == 47


async def test_while_the_provider_is_silent_its_tokens_are_no_guesses(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=1, address=3), clock), Access("right")

    async def silent(secret: str) -> str:
        raise ProviderFailed("It does not answer.")

    for _ in range(3):
        with pytest.raises(ProviderFailed):
            await budgets.trying(HERE, "a.b.c", silent)
    with pytest.raises(TooManyRequests):
        await budgets.trying(HERE, "a.b.c", silent)

    assert await guess(budgets, access, "right") == "holder of right"


def test_sign_ins_with_a_familiar_credential_are_limited_as_its_requests_are(clock: Clock) -> None:
    budgets = Budgets(Rates(principal=2, sign_in=1), clock)
    budgets.remember("right")
    budgets.spend_sign_in(HERE, "right")
    budgets.spend_sign_in(THERE, "right")

    with pytest.raises(TooManyRequests):
        budgets.spend_sign_in(HERE, "right")


async def test_right_credentials_cost_nothing(clock: Clock) -> None:
    valid = [f"right-{n}" for n in range(40)]
    budgets, access = Budgets(Rates(failed=2), clock), Access(*valid)

    came = [await guess(budgets, access, secret) for secret in valid]

    assert came == [f"holder of {secret}" for secret in valid]


async def test_a_credential_that_is_worth_nothing_any_more_is_a_guess_again(clock: Clock) -> None:
    budgets, access = Budgets(Rates(failed=1), clock), Access("right")
    await guess(budgets, access, "right")
    access.valid.clear()

    came = [await guess(budgets, access, "right") for _ in range(3)]

    assert came == ["wrong", "wrong", "too many"]


async def test_no_more_credentials_are_remembered_than_fit(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FAMILIAR_AT_MOST", 2)
    budgets, access = Budgets(Rates(failed=1), clock), Access("a", "b", "c")
    for secret in ("a", "b", "a", "c"):
        await guess(budgets, access, secret)
    await guess(budgets, access, "guess")

    came = [await guess(budgets, access, secret) for secret in ("a", "b", "c")]

    assert came == ["holder of a", "too many", "holder of c"]


@pytest.mark.parametrize("broken", [StoreFailed("It is full."), asyncio.CancelledError()])
async def test_what_says_nothing_of_a_credential_is_no_guess(
    clock: Clock, broken: BaseException
) -> None:
    async def fails(_secret: str) -> str:
        raise broken

    budgets, access = Budgets(Rates(failed=1), clock), Access("right")
    for _ in range(3):
        with pytest.raises(type(broken)):
            await budgets.trying(HERE, "right", fails)

    assert await guess(budgets, access, "right") == "holder of right"


def test_sign_ins_have_a_budget_of_their_own(clock: Clock) -> None:
    budgets = Budgets(Rates(address=9, sign_in=2), clock)
    budgets.spend_sign_in(HERE, None)
    budgets.spend_sign_in(HERE, "unknown")

    with pytest.raises(TooManyRequests, match="Too many sign-ins"):
        budgets.spend_sign_in(HERE, None)

    assert budgets.allows("", HERE)
    budgets.spend_sign_in(THERE, None)


def test_rates_are_what_the_settings_say_and_else_what_suits_the_mode() -> None:
    given = rates_of(Settings(principal_rate=0, failed_rate=7))

    assert given == Rates(principal=0, address=REAL.address, sign_in=REAL.sign_in, failed=7)
    assert rates_of(Settings(mock=True)) == MOCK
