"""A laptop that has not heard its branch for N days shows nothing, whatever its clock says."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from crm.domain.errors import Locked
from crm.domain.ids import new_id
from desktop.services.clock import TrustedTime
from desktop.services.lease import demand, lease_now
from tests.helpers.clocks import FakeClock, FakeMarkStore
from tests.helpers.fakes import Laptop
from tests.helpers.received import from_server

NOON = datetime(2026, 11, 5, 4, 0, tzinfo=UTC)
DAY, YEAR = timedelta(days=1), timedelta(days=365)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    made = Laptop(tmp_path_factory.mktemp("laptop"))
    yield made
    made.replica.close()


class Desk:
    """One laptop by clocks that a test sets; `start` is a start of the program."""

    def __init__(self, laptop):
        self.clock, self.marks, self.laptop = FakeClock(NOON), FakeMarkStore(), laptop
        self.start()
        self.trusted.remember()

    def start(self):
        self.trusted = TrustedTime(self.clock, self.marks)

    def reboot(self, *, off=timedelta(0), clock=None):
        """Switch off for some time, perhaps set the clock, switch on and look."""
        self.trusted.remember()
        self.clock.pass_time(off)
        self.clock.restart()
        if clock is not None:
            self.clock.set_wall(clock)
        self.start()
        return self.lease()

    def lease(self):
        return lease_now(self.laptop.replica.reader, self.trusted)


@pytest.fixture
def desk(laptop):
    return Desk(laptop)


def test_it_lasts_thirty_days_from_the_last_contact_and_a_contact_renews_it(desk):
    desk.trusted.hear(NOON)
    assert (desk.lease().days_left, desk.lease().near) == (30, False)
    desk.clock.pass_time(29 * DAY + timedelta(hours=1))
    assert (desk.lease().days_left, desk.lease().near, desk.lease().expired) == (1, True, False)
    demand(desk.lease())
    desk.clock.pass_time(DAY)
    assert (desk.lease().days_left, desk.lease().expired) == (0, True)
    with pytest.raises(Locked) as refusal:
        demand(desk.lease())
    assert refusal.value.code == "lease.expired"
    assert refusal.value.facts == {"since": "2026-11-05", "days": 30}
    desk.trusted.hear(NOON + 31 * DAY)
    assert (desk.lease().days_left, desk.lease().expired) == (30, False)


def test_it_ends_while_the_laptop_is_switched_off_as_well(desk):
    desk.trusted.hear(NOON)
    assert not desk.reboot(off=29 * DAY).expired
    assert desk.reboot(off=2 * DAY).expired


def test_setting_the_clock_back_wins_no_day(desk):
    desk.trusted.hear(NOON)
    desk.clock.pass_time(31 * DAY)
    desk.clock.set_wall(NOON)
    assert desk.lease().expired
    for clock in (NOON, NOON + 10 * DAY, NOON - YEAR):
        found = desk.reboot(clock=clock)
        assert (found.expired, found.behind) == (True, True)


def test_a_clock_found_behind_counts_as_expired_until_it_is_put_right(desk):
    desk.trusted.hear(NOON)
    desk.clock.pass_time(2 * DAY)
    assert desk.reboot(clock=datetime(1970, 1, 1, tzinfo=UTC)).expired
    assert not desk.reboot(clock=NOON + 3 * DAY).expired


def test_a_clock_put_right_at_work_interrupts_nobody(desk):
    desk.trusted.hear(NOON)
    desk.clock.pass_time(2 * DAY)
    desk.clock.set_wall(desk.clock.now() - timedelta(minutes=5))
    found = desk.lease()
    assert (found.behind, found.over, found.days_left) == (True, False, 28)


@pytest.mark.parametrize("years", [1, 10])
def test_a_clock_years_ahead_locks_until_the_server_is_heard_and_no_longer(desk, years):
    desk.trusted.hear(NOON)
    assert desk.reboot(clock=NOON + years * YEAR).expired
    assert desk.reboot(clock=NOON + DAY).expired  # put right, it is behind what has been
    desk.trusted.hear(NOON + DAY)
    assert (desk.lease().expired, desk.lease().days_left) == (False, 30)
    assert not desk.reboot(off=DAY).expired


def test_a_laptop_that_never_synced_counts_from_its_enrolment(desk):
    assert desk.trusted.heard is None
    assert not desk.reboot(off=20 * DAY).expired
    assert desk.reboot(off=11 * DAY).expired


def test_the_bank_says_how_many_days_and_from_when(tmp_path):
    laptop = Laptop(tmp_path)
    desk = Desk(laptop)

    def parameter(days, from_on):
        fields = {"name": "offline_days", "value": json.dumps(days), "from_on": from_on}
        record = new_id()
        return [0, record, "parameter", 1, None, record, fields, None]

    from_server(laptop, parameter(3, "2026-01-01"), parameter(60, "2026-12-01"), stream="bank")
    desk.trusted.hear(NOON)
    assert desk.lease().days == 3
    desk.trusted.hear(NOON + 26 * DAY)
    assert desk.lease().days == 60
    laptop.replica.close()
