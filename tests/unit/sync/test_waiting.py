"""How long a call may take, and how long to wait before the next one."""

from __future__ import annotations

import pytest

from desktop.sync import deadline as deadlines
from desktop.sync.deadline import FAIR_BYTES_S, LONGEST_S, Deadline
from desktop.sync.waiting import NOT_TOLD_S, backoff_s, jittered_s, retry_after_s

GRACE_S = 60.0


class Clock:
    """Stands where the module `time` does."""

    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(deadlines, "time", made)
    return made


def ends_after(clock, deadline, bytes_s, every_s=1.0):
    """Return when a call ends over which bytes come at this rate, without an end."""
    while deadline.left() > 0:
        clock.now += every_s
        deadline.flowed(bytes_s * every_s)
    return clock.now


def test_a_byte_a_minute_earns_nothing_to_speak_of(clock):
    assert ends_after(clock, Deadline(GRACE_S), 1 / 60, every_s=60) <= 2 * GRACE_S


def test_half_of_64_kbit_a_second_is_heard_for_as_long_as_any_page_takes(clock):
    assert ends_after(clock, Deadline(GRACE_S), FAIR_BYTES_S) == LONGEST_S
    assert FAIR_BYTES_S * 8 == 32_000


def test_silence_ends_a_call_after_the_grace_whatever_came_before(clock):
    deadline = Deadline(GRACE_S)
    clock.now = 1.0
    deadline.flowed(50_000_000)
    assert deadline.left() == GRACE_S


def test_what_has_to_go_up_first_has_its_time(clock):
    assert Deadline(GRACE_S, sending=200_000).left() == GRACE_S + 200_000 / FAIR_BYTES_S


@pytest.mark.parametrize(
    ("said", "date", "seconds"),
    [
        ("7", None, 7),
        (" 7 ", None, 7),
        ("0", None, 0),
        ("999999999", None, 86_400),
        ("Wed, 18 Mar 2026 02:31:00 GMT", "Wed, 18 Mar 2026 02:30:15 GMT", 45),
        ("Wed, 18 Mar 2026 02:30:00 GMT", "Wed, 18 Mar 2026 02:30:15 GMT", 0),
        ("Wed, 18 Mar 2026 02:31:00", "Wed, 18 Mar 2026 02:30:15 GMT", 45),
        ("Wed, 18 Mar 1926 02:31:00 GMT", None, 0),
        ("soon", None, NOT_TOLD_S),
        ("-3", None, NOT_TOLD_S),
        ("", None, NOT_TOLD_S),
        (None, None, NOT_TOLD_S),
    ],
)
def test_a_wish_to_wait_is_understood_in_both_its_forms(said, date, seconds):
    assert retry_after_s(said, date) == seconds


def test_nobody_comes_back_before_the_time_nor_all_at_once():
    assert [jittered_s(8, dice) for dice in (0.0, 0.5, 1.0)] == [8, 9, 10]
    assert jittered_s(600, 1.0) == 610


def test_back_off_grows_to_an_end():
    assert [backoff_s(times, 1.0) for times in range(1, 8)] == [0, 0.5, 1, 2, 4, 8, 8]
    assert backoff_s(3, 0.0) == 0.5
