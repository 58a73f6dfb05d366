"""Seats between real laptops and the real server: rules 37 to 41 as a manager meets them."""

from __future__ import annotations

import shutil
from datetime import timedelta

import pytest

from crm.domain.errors import Refused
from crm.domain.ids import new_id
from crm.domain.instants import instant_text, parse_instant
from crm.domain.seats import PROOF
from desktop.services.seats import certainty, want_seats
from desktop.services.undo import Action, undo
from server.store.seats import frozen_until
from tests.helpers.clocks import FakeClock
from tests.helpers.fakes import Laptop
from tests.helpers.seat_kinds import SEATED, SEATED_STEPS
from tests.helpers.seat_laptops import Dump
from tests.helpers.seats import (
    invite,
    make_activity,
    resize,
    say_yes,
    seats_within_capacity,
    tidy,
    withdraw,
)

# What a store may do differently is tried in tests/server/test_seats*.py, on both.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Branch:
    """A server with one clock, laptops with theirs, and an activity."""

    def __init__(self, new_server, new_laptop, capacity):
        self.clock = FakeClock()
        self.server = new_server(SEATED, now=lambda: instant_text(self.clock.now()))
        self.manager = self.server.person("lihua")
        self._new_laptop = new_laptop
        self.tea = make_activity(self.server, capacity)

    def laptop(self, user=None, wanted=0):
        """Return a laptop that has synced, and holds the seats it wants."""
        laptop = self._new_laptop(self.server, user or self.manager, SEATED, SEATED_STEPS)
        laptop.machine = FakeClock(self.clock.now())
        laptop.customer = laptop.create("customer", name="王芳")
        if wanted:
            want_seats(laptop.replica.unit_of_work, self.tea, wanted)
        assert laptop.sync().verified
        return laptop

    def invited(self, laptop):
        return invite(laptop, laptop.customer, self.tea)

    def pass_time(self, elapsed, *laptops):
        self.clock.pass_time(elapsed)
        for laptop in laptops:
            laptop.machine.pass_time(elapsed)


@pytest.fixture
def branch(new_server, new_laptop):
    made = []

    def make(capacity):
        made.append(Branch(new_server, new_laptop, capacity))
        return made[-1]

    yield make
    for one in made:
        seats_within_capacity(one.server)


def sure(laptop, invitation):
    with laptop.replica.reader() as reader:
        found = certainty(reader, laptop.trusted, invitation)
    return found.sure, found.until


def state(laptop, invitation):
    return laptop.fields(invitation)["state"]


def said(laptop, invitation):
    """Return (outcome, reason) of the last answer."""
    line = [line for line in laptop.outbox(invitation) if line.verb == "seat"][-1]
    return line.outcome, line.reason


def test_a_yes_from_a_leased_seat_is_firm_with_no_network(branch):
    tea = branch(2)
    laptop = tea.laptop(wanted=2)
    invitation = tea.invited(laptop)
    answer = say_yes(laptop, invitation)
    assert (answer.firm, state(laptop, invitation)) == (True, "confirmed")
    assert sure(laptop, invitation) == ("firm", answer.until)
    assert parse_instant(answer.until) == tea.clock.now() + timedelta(days=7)
    assert laptop.sync().verified
    assert sure(laptop, invitation) == ("branch", None)
    assert (state(laptop, invitation), said(laptop, invitation)) == ("confirmed", ("applied", None))
    with pytest.raises(Refused, match=r"seat\.confirmed"):
        say_yes(laptop, invitation)


def test_a_yes_without_a_leased_seat_is_asked_and_the_branch_answers(branch):
    tea = branch(1)
    laptop = tea.laptop()
    one, two = tea.invited(laptop), tea.invited(laptop)
    assert [say_yes(laptop, i).firm for i in (one, two)] == [False, False]
    assert [state(laptop, i) for i in (one, two)] == ["accepted", "accepted"]
    assert sure(laptop, two) == ("asked", None)
    assert laptop.sync().verified
    assert [state(laptop, i) for i in (one, two)] == ["confirmed", "waitlisted"]
    assert said(laptop, two) == ("applied", "seat.waitlisted")
    assert laptop.fields(tea.tea)["taken"] == 1
    assert laptop.fields(tea.tea)["waiting"] == 1


def test_a_withdrawal_offers_the_seat_to_the_head_of_the_queue_at_a_colleagues(branch):
    tea = branch(1)
    mine, other = tea.laptop(), tea.laptop(tea.server.person("wangmin"))
    one, two = tea.invited(mine), tea.invited(other)
    say_yes(mine, one)
    mine.sync()
    say_yes(other, two)
    other.sync()
    withdraw(mine, one)
    assert state(mine, one) == "withdrawn"
    mine.sync()
    assert other.sync().verified
    assert (state(mine, one), state(other, two)) == ("withdrawn", "offered")
    say_yes(other, two)
    assert other.sync().verified
    assert state(other, two) == "confirmed"


def test_leased_seats_run_out_by_trusted_time_whatever_the_clock_says(branch):
    tea = branch(2)
    laptop = tea.laptop(wanted=2)
    tea.pass_time(timedelta(days=6), laptop)
    assert say_yes(laptop, tea.invited(laptop)).firm
    firm = tea.invited(laptop)
    say_yes(laptop, firm)
    tea.pass_time(timedelta(days=2), laptop)
    laptop.machine.set_wall(laptop.machine.now() - timedelta(days=3650))
    assert sure(laptop, firm)[0] == "late"
    assert not say_yes(laptop, tea.invited(laptop)).firm
    assert laptop.sync().verified
    assert (state(laptop, firm), said(laptop, firm)) == ("confirmed", ("applied", None))


@pytest.mark.parametrize("years", [-10, 10])
def test_a_clock_that_is_years_off_decides_nothing(branch, years):
    tea = branch(1)
    laptop = tea.laptop(wanted=1)
    laptop.machine.set_wall(laptop.machine.now() + timedelta(days=365 * years))
    laptop.reopen()
    laptop.machine.restart()
    laptop.sync()
    invitation = tea.invited(laptop)
    assert say_yes(laptop, invitation).firm
    laptop.sync()
    assert state(laptop, invitation) == "confirmed"


def test_a_clock_set_back_after_a_restart_makes_every_lease_expired(branch):
    """Until the server is heard: by the kept mark, time cannot run backwards."""
    tea = branch(1)
    laptop = tea.laptop(wanted=1)
    laptop.machine.set_wall(laptop.machine.now() - timedelta(days=365))
    laptop.machine.restart()
    laptop.reopen()
    assert not say_yes(laptop, tea.invited(laptop)).firm


def test_an_undone_yes_frees_its_slot_on_the_laptop(branch):
    tea = branch(1)
    laptop = tea.laptop(wanted=1)
    one, two = tea.invited(laptop), tea.invited(laptop)
    operation = say_yes(laptop, one).operation
    group = laptop.rows("SELECT group_id FROM op WHERE id = ?", operation)[0][0]
    undo(laptop.replica.unit_of_work, Action((group,)))
    assert state(laptop, one) == "sent"
    assert say_yes(laptop, two).firm
    laptop.sync()
    assert state(laptop, two) == "confirmed"


def test_a_seat_is_taken_by_a_yes_and_never_by_an_edit(branch):
    tea = branch(1)
    laptop = tea.laptop()
    invitation = tea.invited(laptop)
    with pytest.raises(Refused, match=r"seat\.verb"):
        laptop.edit(invitation, state="confirmed")
    laptop.edit(invitation, state="declined")
    with pytest.raises(Refused, match=r"seat\.kind"):
        say_yes(laptop, laptop.customer)


def clone_of(laptop, folder):
    """Return a second laptop with the same disk."""
    folder.mkdir()
    laptop.replica.close()
    shutil.copytree(laptop.folder, folder, dirs_exist_ok=True)
    laptop.reopen()
    twin = object.__new__(Laptop)
    twin.__dict__.update(laptop.__dict__, folder=folder)
    twin.machine = FakeClock(laptop.machine.now())
    twin.replica = None
    return twin


def reopened(twin):
    class Closed:
        def close(self):
            pass

    twin.replica = Closed()
    twin.reopen()
    return twin


def test_slot_once_when_a_cloned_laptop_gives_the_same_seat_away(branch, tmp_path):
    """Without it: two customers are told "confirmed" from one seat, and both come."""
    tea = branch(1)
    laptop = tea.laptop(wanted=1)
    one, two = tea.invited(laptop), tea.invited(laptop)
    laptop.sync()
    twin = reopened(clone_of(laptop, tmp_path / "twin"))
    try:
        assert say_yes(laptop, one).firm
        assert say_yes(twin, two).firm
        laptop.sync()
        report = twin.sync()
        assert report.verified
        assert (state(twin, one), state(twin, two)) == ("confirmed", "waitlisted")
        assert said(twin, two) == ("applied", "seat.waitlisted")
        withdraw(laptop, one)
        laptop.sync()
        twin.sync()
        assert state(twin, two) == "offered"
    finally:
        twin.replica.close()


def test_a_fork_drops_the_leases_and_a_yes_that_was_given_keeps_its_seat(branch):
    tea = branch(3)
    laptop = tea.laptop(wanted=2)
    invitation = tea.invited(laptop)
    assert say_yes(laptop, invitation).firm
    with laptop.replica.transaction() as tx:
        tx.fork()
    assert laptop.rows("SELECT count(*) FROM seat_lease") == [(0,)]
    assert not say_yes(laptop, tea.invited(laptop)).firm
    assert laptop.sync().verified
    assert (state(laptop, invitation), said(laptop, invitation)) == ("confirmed", ("applied", None))


def test_a_restored_server_seats_again_whom_it_had_told_before(branch):
    """Rules 40 and 41 over the wire: the server has lost yeses, leases and receipts.

    Without them: the seats are given to those who come first, and the others were told "sure".
    """
    tea = branch(2)
    laptop, other = tea.laptop(wanted=1), tea.laptop(tea.server.person("wangmin"))
    firm, asked, late = tea.invited(laptop), tea.invited(laptop), tea.invited(other)
    laptop.sync()
    other.sync()
    dump = Dump(tea.server)
    for invitation in (firm, asked):
        say_yes(laptop, invitation)
        laptop.sync()
    proofs = [line.fields.get(PROOF) for line in laptop.outbox() if line.verb == "seat"]
    assert all(proofs)
    tea.pass_time(timedelta(days=20), laptop, other)
    dump.restore()

    say_yes(other, late)
    other.sync()
    assert state(other, late) == "waitlisted"
    report = laptop.sync()
    assert (report.verified, report.forks) == (True, 1)
    assert [state(laptop, i) for i in (firm, asked)] == ["confirmed", "confirmed"]
    assert not is_frozen(tea.server)  # every device has synced
    withdraw(laptop, asked)
    laptop.sync()
    other.sync()
    assert state(other, late) == "offered"


def is_frozen(server):
    with server.exchange.database.snapshot() as connection:
        return frozen_until(connection) is not None


def test_late_seats_are_taken_back_when_somebody_calls(branch):
    tea = branch(1)
    away, other = tea.laptop(wanted=1), tea.laptop(tea.server.person("wangmin"))
    invitation = tea.invited(other)
    say_yes(other, invitation)
    other.sync()
    assert state(other, invitation) == "waitlisted"
    tea.pass_time(timedelta(days=9, hours=1), away, other)
    other.sync()
    other.sync()
    assert state(other, invitation) == "offered"
    late = tea.invited(away)
    assert not say_yes(away, late).firm
    away.sync()
    assert state(away, late) == "waitlisted"


def test_more_seats_reach_the_laptop_that_wants_them(branch):
    tea = branch(1)
    laptop = tea.laptop(wanted=3)
    assert laptop.rows("SELECT json_array_length(slots) FROM seat_lease") == [(1,)]
    resize(tea.server, tea.tea, 4)
    laptop.sync()
    assert laptop.rows("SELECT sum(json_array_length(slots)) FROM seat_lease") == [(3,)]
    with pytest.raises(Refused, match=r"seat\.too_many"):
        want_seats(laptop.replica.unit_of_work, tea.tea, 21)


def test_a_yes_for_an_activity_that_is_gone_is_told(branch):
    tea = branch(1)
    laptop = tea.laptop()
    invitation = tea.invited(laptop)
    laptop.sync()
    gone = laptop.create("invitation", laptop.customer, activity=new_id(), state="sent")
    say_yes(laptop, gone)
    say_yes(laptop, invitation)
    assert laptop.sync().later == 1
    assert state(laptop, invitation) == "confirmed"
    assert tidy(tea.server).activities == 0
