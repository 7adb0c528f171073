"""Runs and editions: local days, once each, whatever the clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import Invalid
from engine.ingest.schedule import edition_at, instant, next_run
from engine.model import Config

ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/Sao_Paulo",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Chatham",
)
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
configs = st.builds(
    Config,
    cadence=st.sampled_from(("daily", "weekly")),
    time_of_day=st.times().map(lambda at: at.strftime("%H:%M")),
    days_of_week=st.lists(st.sampled_from(DAYS), min_size=1, unique=True).map(tuple),
    timezone=st.sampled_from(ZONES),
)
moments = st.datetimes(datetime(2009, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis takes bounds without a zone


@given(configs, moments)
def test_a_moment_lies_in_its_edition(config: Config, now: datetime) -> None:
    edition = edition_at(config, now)

    assert edition.opens_at <= now < edition.closes_at


@given(configs, moments)
def test_editions_follow_each_other_without_gap_or_overlap(config: Config, now: datetime) -> None:
    edition = edition_at(config, now)

    following = edition_at(config, edition.closes_at)

    assert following.opens_at <= edition.closes_at < following.closes_at
    assert edition_at(config, edition.closes_at - timedelta(microseconds=1)) == edition
    assert following.id > edition.id


@given(configs, moments)
def test_the_next_run_is_later_and_nothing_runs_between(config: Config, after: datetime) -> None:
    run = next_run(config, after)

    assert run > after
    assert next_run(config, run - timedelta(microseconds=1)) == run
    assert run - after <= timedelta(days=9)


@given(configs, moments)
def test_each_running_day_has_one_run(config: Config, start: datetime) -> None:
    daily = Config(time_of_day=config.time_of_day, days_of_week=DAYS, timezone=config.timezone)
    first = next_run(daily, start)

    second = next_run(daily, first)

    assert timedelta(0) < second - first <= timedelta(hours=49)


def test_monday_covers_the_weekend() -> None:
    saturday = datetime(2026, 3, 7, 12, tzinfo=UTC)

    edition = edition_at(Config(), saturday)

    assert edition.id == "2026-03-09"
    assert edition.opens_at == datetime(2026, 3, 7, tzinfo=UTC)
    assert edition.closes_at == datetime(2026, 3, 10, tzinfo=UTC)


def test_friday_evening_still_belongs_to_friday() -> None:
    config = Config(timezone="Europe/Berlin")

    edition = edition_at(config, datetime(2026, 3, 6, 22, 30, tzinfo=UTC))

    assert edition.id == "2026-03-06"
    assert edition.closes_at == datetime(2026, 3, 6, 23, tzinfo=UTC)


def test_a_weekly_edition_is_seven_days_and_runs_on_the_first_day_listed() -> None:
    config = Config(cadence="weekly", days_of_week=("wed", "mon"))

    edition = edition_at(config, datetime(2026, 3, 5, 12, tzinfo=UTC))

    assert edition.id == "2026-03-11"
    assert edition.closes_at - edition.opens_at == timedelta(days=7)
    assert next_run(config, edition.opens_at) == datetime(2026, 3, 11, 7, tzinfo=UTC)


def test_a_run_at_its_own_moment_is_followed_by_the_next_one() -> None:
    monday = datetime(2026, 3, 2, 7, tzinfo=UTC)

    assert next_run(Config(), monday) == datetime(2026, 3, 3, 7, tzinfo=UTC)


def test_a_time_in_the_gap_fires_at_the_first_instant_after_it() -> None:
    config = Config(time_of_day="02:30", days_of_week=DAYS, timezone="Europe/Berlin")
    before = datetime(2026, 3, 28, 12, tzinfo=UTC)

    run = next_run(config, before)

    assert run == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert next_run(config, run) == datetime(2026, 3, 30, 0, 30, tzinfo=UTC)


def test_a_time_that_comes_twice_fires_the_first_time_only() -> None:
    config = Config(time_of_day="02:30", days_of_week=DAYS, timezone="Europe/Berlin")
    before = datetime(2026, 10, 24, 12, tzinfo=UTC)

    run = next_run(config, before)

    assert run == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert next_run(config, run) == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_a_midnight_that_does_not_exist_opens_when_the_gap_ends() -> None:
    zone = ZoneInfo("America/Havana")

    opened = instant(datetime.combine(date(2026, 3, 8), time()), zone)

    assert opened == datetime(2026, 3, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        (Config(timezone="Mars/Olympus"), "no time zone 'Mars/Olympus'"),
        (Config(timezone="../etc/passwd"), "no time zone"),
        (Config(days_of_week=()), "at least one day"),
    ],
)
def test_an_impossible_config_is_refused_in_words(config: Config, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        next_run(config, datetime(2026, 3, 2, tzinfo=UTC))
