"""Copied and restored, on either side: nothing that is held is lost, nothing acts twice."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from desktop.services.progress import Progress
from desktop.sync.errors import Revoked
from server.exchange import accounts, backups, read
from server.store import tables as t
from tests.helpers.copies import copied, put_back
from tests.helpers.stores import database_url  # noqa: F401 - a fixture

CUSTOMER = "customer"


class Restoring(Progress):
    """Lets the server be restored when the sync comes to a stage."""

    def __init__(self, at, restore):
        super().__init__()
        self._at, self._restore = at, restore

    def stage(self, name):
        super().stage(name)
        if name == self._at:
            self._at = None
            self._restore()


class Branch:
    """A server with a manager and a deputy, each with a laptop; backups by name."""

    def __init__(self, server, new_laptop, folder):
        self.server, self.folder = server, folder
        self.user = server.person("manager")
        self.deputy = server.person("deputy", deputy_of="manager")
        self.home = accounts.portfolio(self.user)
        self.mine = new_laptop(server, self.user)
        self.theirs = new_laptop(server, self.deputy)

    def back_up(self, name="dump", keep=None):
        file = self.folder / name
        return backups.back_up(self.server.exchange, self.server.settings, file, keep)

    def restore(self, name="dump"):
        file = self.folder / name
        return backups.restore(self.server.exchange, self.server.settings, file, replace=True)

    def customer(self, laptop, name):
        return laptop.create(CUSTOMER, home=self.home, name=name)

    def customers(self):
        """Return {id: fields} of the living customers on the server."""
        columns = (t.record.c.id, t.record.c.fields)
        wanted = sa.select(*columns).where(t.record.c.kind == CUSTOMER, sa.not_(t.record.c.dead))
        with self.server.exchange.database.snapshot() as connection:
            rows = connection.execute(wanted).all()
        return {row.id: json.loads(row.fields) for row in rows}

    def acts_of(self, record):
        """Return how often something was done to a record."""
        wanted = sa.select(t.revision.c.operation).where(t.revision.c.record == record)
        with self.server.exchange.database.snapshot() as connection:
            found = connection.execute(wanted).scalars().all()
        assert len(found) == len(set(found)), "an operation acted twice"
        return len(found)

    def all_is_well(self, *laptops):
        reports = [laptop.sync() for laptop in laptops for _ in range(2)]
        assert [r.forks for r in reports[1::2]] == [0] * len(laptops), "it does not end"
        assert all(r.verified for r in reports)
        assert read.verify(self.server.exchange.database)[1] == []
        for laptop in laptops:
            assert laptop.sync().verified
            assert set(laptop.states()) <= {"echoed", "aside"}
            assert laptop.verify(full=True).outcome == "equal"


@pytest.fixture
def branch(new_server, new_laptop, tmp_path):
    return Branch(new_server(), new_laptop, tmp_path)


@pytest.fixture
def twin(branch, tmp_path):
    made = []

    def make(laptop):
        made.append(copied(laptop, tmp_path / f"twin{len(made)}"))
        return made[-1]

    yield make
    for laptop in made:
        laptop.replica.close()


@pytest.mark.parametrize("first", ["original", "copy"])
def test_clone_is_a_new_incarnation(branch, twin, first):
    """Two laptops from one copied folder: the second is noticed, both authors' edits land."""
    original = branch.mine
    known = branch.customer(original, "known")
    original.sync()
    waiting = branch.customer(original, "waits in both")
    copy = twin(original)
    original.edit(known, village="Cloud")
    copy.edit(known, occupation="potter")
    copy.edit(known, village="Stone")
    made = [branch.customer(original, "of the original"), branch.customer(copy, "of the copy")]

    order = [original, copy] if first == "original" else [copy, original]
    assert [laptop.sync().forks for laptop in order] == [0, 1]
    branch.all_is_well(original, copy, branch.theirs)

    assert original.replica.identity().incarnation != copy.replica.identity().incarnation
    assert branch.customers().keys() == {known, waiting, *made}
    assert branch.customers()[known]["occupation"] == "potter"
    conflicts = [held for held in original.held().values() if held[0] == "conflict"]
    assert len(conflicts) == 1, "the same field by two: both values are kept"
    assert [branch.acts_of(record) for record in (waiting, *made)] == [1, 1, 1]
    assert original.held() == copy.held()


@pytest.mark.slow
def test_clone_that_only_reads_is_noticed(branch, twin):
    branch.customer(branch.mine, "somebody")
    branch.mine.sync()
    copy = twin(branch.mine)
    assert branch.mine.sync().forks == 0
    report = copy.sync()
    assert (report.forks, report.received, report.verified) == (1, 0, True)
    branch.all_is_well(branch.mine, copy)


def a_day(branch):
    """Something of everything after the backup, all of it come back to its laptop."""
    old = branch.customer(branch.mine, "from before the backup")
    gone = branch.customer(branch.mine, "to be deleted")
    branch.mine.sync()
    branch.theirs.sync()
    branch.back_up()
    branch.mine.edit(old, village="Cloud", note="mine")
    made = branch.customer(branch.mine, "after the backup")
    visit = branch.mine.create("visit", made, state="completed", on="2026-03-18")
    branch.mine.delete(gone)
    branch.mine.sync()
    branch.theirs.sync()
    branch.theirs.edit(old, village="Stone")  # over what it has read of a colleague
    branch.theirs.edit(visit, summary="by the deputy")
    branch.theirs.sync()
    branch.mine.sync()
    return old, made, visit, gone


SIDES = ["server yesterday", "server between push and pull", "laptop"]


@pytest.mark.parametrize("side", SIDES)
def test_restored_either_side_loses_nothing_held(branch, twin, side):
    old, made, visit, gone = a_day(branch)
    before = {i: f for i, (_, _, _, f) in branch.mine.held().items()}
    late = branch.customer(branch.mine, "not yet sent")
    if side == "laptop":
        copy = twin(branch.mine)
        copy.replica.close()
        branch.mine.edit(old, note="sent after the copy was made")
        branch.mine.sync()
        put_back(branch.mine, copy.folder)
        before[old] = {**before[old], "note": "sent after the copy was made"}
        report = branch.mine.sync()
    elif side == "server yesterday":
        branch.restore()
        assert branch.mine.fields(old)["village"] == "Stone"
        report = branch.mine.sync()
    else:
        report = branch.mine.sync(Restoring("receive", branch.restore))
    assert report.forks == 1
    branch.all_is_well(branch.mine, branch.theirs)
    branch.all_is_well(branch.mine, branch.theirs)  # what waited for a colleague's edit

    found = {i: f for i, (_, _, _, f) in branch.mine.held().items()}
    assert found == {**before, late: {"name": "not yet sent"}}
    assert found == {i: f for i, (_, _, _, f) in branch.theirs.held().items()}
    assert branch.customers().keys() == {old, made, late}
    assert branch.acts_of(made) == branch.acts_of(late) == 1
    assert gone not in found
    assert found[visit]["summary"] == "by the deputy"


@pytest.mark.slow
def test_a_second_restore_loses_nothing_either(branch):
    old, made, *_ = a_day(branch)
    branch.restore()
    branch.mine.sync()
    branch.restore()  # before the deputy has been seen at all
    branch.all_is_well(branch.mine, branch.theirs)
    branch.all_is_well(branch.mine, branch.theirs)
    assert branch.customers()[old] == {
        "name": "from before the backup",
        "village": "Stone",
        "note": "mine",
    }
    assert made in branch.customers()


def test_what_lies_in_every_backup_may_be_forgotten_and_no_more(branch):
    first = branch.customer(branch.mine, "in both backups")
    branch.mine.sync()
    branch.back_up("monday")
    second = branch.customer(branch.mine, "in tuesday's only")
    branch.mine.sync()
    branch.back_up("tuesday")
    branch.mine.sync()
    assert [line.record for line in branch.mine.outbox()] == [second]
    branch.restore("monday")
    branch.all_is_well(branch.mine)
    assert branch.customers().keys() == {first, second}
    assert [line.record for line in branch.mine.outbox()] == [second], "no backup holds it now"
    branch.back_up("wednesday", keep=1)
    assert not (branch.folder / "monday").exists()
    branch.mine.sync()
    assert branch.mine.outbox() == ()
    branch.restore("wednesday")
    branch.all_is_well(branch.mine)
    assert branch.customers().keys() == {first, second}


def test_enrolled_after_the_dump_keeps_everything_until_it_is_enrolled_again(
    branch, new_laptop, twin
):
    branch.back_up()
    late = new_laptop(branch.server, branch.user)
    made = branch.customer(late, "saved on a laptop that the backup does not know")
    late.sync()
    waiting = branch.customer(late, "not yet sent")
    branch.restore()
    with pytest.raises(Revoked) as raised:
        late.sync()
    assert raised.value.code == "sync.token"
    assert {made, waiting} <= late.held().keys()


def test_an_epoch_that_changed_for_nothing_costs_one_comparison(branch):
    for number in range(20):
        branch.customer(branch.mine, f"N{number}")
    branch.mine.sync()
    held = branch.mine.held()
    (branch.server.settings.folder / "witness.json").unlink()
    branch.server.epoch.check()
    report = branch.mine.sync()
    assert (report.forks, report.resent, report.received) == (1, 20, 0)
    assert report.sent == report.applied == 0, "nothing of it is news"
    assert report.requests <= 8
    assert branch.mine.held() == held
    assert branch.mine.sync().requests == 1


@pytest.mark.slow
def test_a_colleagues_newer_value_stays_in_sight_while_old_edits_go_once_more(branch):
    old, *_ = a_day(branch)
    seen = []

    class Looking(Progress):
        def stage(self, name):
            super().stage(name)
            seen.append(branch.mine.fields(old).get("village"))

    branch.restore()
    branch.theirs.sync()  # the deputy's edit waits for the manager's
    branch.mine.sync(Looking())
    assert "Cloud" not in seen[:4], "what was overwritten came to light again"
