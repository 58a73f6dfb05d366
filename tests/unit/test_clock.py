"""Trusted time: the server's word plus what has elapsed, whatever the wall clock says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from crm.domain.errors import Damaged
from desktop.services.clock import TOLERANCE, Mark, SystemClock, TrustedTime
from tests.helpers.clocks import FakeClock, FakeMarkStore

NOON = datetime(2026, 11, 5, 4, 0, tzinfo=UTC)
HOUR, DAY, YEAR = timedelta(hours=1), timedelta(days=1), timedelta(days=365)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def store() -> FakeMarkStore:
    return FakeMarkStore()


def restarted(clock: FakeClock, store: FakeMarkStore) -> TrustedTime:
    clock.restart()
    return TrustedTime(clock, store)


def test_before_any_server_the_wall_clock_is_all_there_is(clock, store):
    trusted = TrustedTime(clock, store)
    assert trusted.now() == NOON
    assert trusted.heard is None
    assert not trusted.behind


def test_server_time_counts_from_when_it_was_heard(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON + YEAR)
    clock.pass_time(HOUR)
    assert trusted.now() == NOON + YEAR + HOUR
    assert trusted.heard == NOON + YEAR
    assert not trusted.behind


@pytest.mark.parametrize("years", [-10, 10])
def test_setting_the_wall_clock_moves_no_trusted_time_within_a_process(clock, store, years):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    clock.set_wall(NOON + years * YEAR)
    clock.pass_time(HOUR)
    assert trusted.now() == NOON + HOUR


def test_a_clock_set_back_is_noticed_and_counts_as_expired(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    assert not trusted.expired(NOON + DAY)
    clock.set_wall(NOON - TOLERANCE - timedelta(seconds=1))
    assert trusted.behind
    assert trusted.expired(NOON + DAY)


def test_a_time_servers_small_step_back_is_no_offence(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    clock.set_wall(NOON - TOLERANCE)
    assert not trusted.behind


def test_a_grant_ends_at_its_instant(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    clock.pass_time(DAY - timedelta(seconds=1))
    assert not trusted.expired(NOON + DAY)
    clock.pass_time(timedelta(seconds=1))
    assert trusted.expired(NOON + DAY)


def test_across_a_restart_the_wall_clock_says_what_has_passed(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON + YEAR)
    clock.pass_time(3 * DAY)
    again = restarted(clock, store)
    assert again.now() == NOON + YEAR + 3 * DAY
    assert again.heard == NOON + YEAR
    assert not again.behind


def test_a_clock_set_back_while_off_stays_at_the_high_water_mark_and_expired(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    clock.pass_time(3 * DAY)
    trusted.remember()
    clock.set_wall(NOON - YEAR)
    again = restarted(clock, store)
    assert again.now() == NOON + 3 * DAY
    assert again.expired(NOON + 100 * YEAR)


def test_running_on_with_a_clock_set_back_does_not_whitewash_it(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    clock.set_wall(NOON - YEAR)
    clock.pass_time(HOUR)
    trusted.remember()
    again = restarted(clock, store)
    assert again.behind
    assert again.now() == NOON + HOUR


def test_a_clock_put_right_is_trusted_again(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    clock.set_wall(NOON - YEAR)
    assert trusted.behind
    clock.set_wall(NOON)
    assert not trusted.behind


def test_a_clock_set_ahead_and_put_right_in_one_process_leaves_no_trace(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    clock.set_wall(NOON + YEAR)
    trusted.remember()
    clock.set_wall(NOON)
    again = restarted(clock, store)
    assert again.now() == NOON
    assert not again.behind


def test_the_server_heals_a_mark_that_ran_ahead(clock, store):
    TrustedTime(clock, store).hear(NOON)
    clock.set_wall(NOON + YEAR)
    restarted(clock, store).remember()
    clock.set_wall(NOON)
    locked = restarted(clock, store)
    assert locked.behind
    locked.hear(NOON + HOUR)
    assert not locked.behind
    assert restarted(clock, store).now() == NOON + HOUR


def test_trusted_time_never_runs_backwards_over_many_restarts(clock, store):
    TrustedTime(clock, store).hear(NOON)
    seen = [NOON]
    for hours in (5, -40, 3, 400, -2, -9, 7):
        clock.set_wall(clock.now() + hours * HOUR)
        trusted = restarted(clock, store)
        clock.pass_time(HOUR)
        seen.append(trusted.now())
        trusted.remember()
    assert seen == sorted(seen)


def test_server_time_of_another_zone_is_the_same_instant(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON.astimezone(timezone(8 * HOUR)))
    assert trusted.now() == NOON
    assert trusted.now().tzinfo is UTC


def test_server_time_without_an_offset_is_a_programming_error(clock, store):
    with pytest.raises(ValueError, match="offset"):
        TrustedTime(clock, store).hear(NOON.replace(tzinfo=None))


@pytest.mark.parametrize("heard", [None, NOON])
def test_a_mark_survives_as_text_to_the_microsecond(heard):
    mark = Mark(heard=heard, reached=NOON + timedelta(microseconds=1), ahead=-YEAR / 7)
    assert Mark.parse(mark.as_text()) == mark
    assert mark.as_text().isascii()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "- -",
        "- 2026-11-05T04:00:00 0",
        "- yesterday 0",
        "- 2026-11-05T04:00:00+00:00 1.5",
        "- 2026-11-05T04:00:00+00:00 99999999999999999999999",
    ],
)
def test_a_damaged_mark_is_refused(clock, text):
    store = FakeMarkStore()
    store.set(text)
    with pytest.raises(Damaged) as caught:
        TrustedTime(clock, store)
    assert caught.value.code == "clock.mark.damaged"


def test_the_systems_clocks_are_aware_and_grow():
    clock = SystemClock()
    first = clock.monotonic()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() >= first


def test_what_was_kept_a_moment_ago_is_not_written_again(clock, store):
    trusted = TrustedTime(clock, store)
    trusted.hear(NOON)
    kept = store.mark
    clock.pass_time(HOUR / 2)
    trusted.remember(HOUR)
    assert store.mark == kept
    clock.pass_time(HOUR / 2)
    trusted.remember(HOUR)
    assert store.mark != kept
