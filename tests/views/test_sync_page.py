"""The Sync page: steps, outcome, what went wrong, receipts; and syncing by itself."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from crm.domain.errors import Refused, ServerUnreachable
from crm.domain.instants import instant_text
from desktop.jobs.desk import Jobs
from desktop.services.ports import Receipt
from desktop.services.preferences import PreferenceFile
from desktop.services.standing import Standing
from desktop.services.undo import Action
from desktop.sync.errors import Busy
from desktop.sync.report import SyncReport
from desktop.views.shell.desk import Desk
from desktop.views.shell.sync_runner import SyncRunner
from desktop.views.shell.undo import Undoing
from desktop.views.shell.undoing import undoing
from desktop.views.sync.auto import REST_S, AutoSync, is_due, pause_s
from desktop.views.sync.course import Course
from desktop.views.sync.receipt_words import row_of
from desktop.views.sync.screen import SyncScreen
from tests.helpers.fakes import Laptop
from tests.helpers.offices import NOW, PERSON, an_office

DONE = SyncReport(
    outcome="complete", sent=12, applied=9, merged=1, conflicts=2, received=204, verified=True
)


class Server:
    """Stands where the engine stands: goes through its stages, waits, ends as it is told."""

    def __init__(self, laptop):
        self.laptop, self.ends = laptop, DONE
        self.until, self.waits_at = threading.Event(), None
        self.answers, self.calls = True, 0

    def sync(self, progress):
        self.calls += 1
        for number, stage in enumerate(("identity", "send", "receive", "verify", "receipt")):
            progress.stage(stage)
            progress.step(100 * number, 500)
            if stage == self.waits_at:
                while not self.until.wait(0.005):
                    progress.check()
                if isinstance(self.ends, Exception):
                    break
        if isinstance(self.ends, Exception):
            raise self.ends
        with self.laptop.replica.transaction() as tx:
            tx.add_receipt(a_receipt(**self.ends.counts()))
        return self.ends


def a_receipt(at=NOW, outcome="complete", **counts):
    return Receipt(at=instant_text(at), outcome=outcome, counts=counts, heads={})


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path / "laptop", user=PERSON.user)
    yield made
    made.replica.close()


@pytest.fixture
def opened(qtbot, stalls, laptop, tmp_path):
    server = Server(laptop)
    with stalls.left_out():
        office = an_office(laptop, sync=server.sync)
        desk = Desk(office, Jobs(), PreferenceFile(tmp_path / "profile"))
        desk.sync_runner = SyncRunner(desk)
        screen = SyncScreen(desk)
        qtbot.addWidget(screen)
        screen.resize(1270, 620)
        screen.show()
        screen.enter({})
        qtbot.waitUntil(desk.jobs.idle)
    made = SimpleNamespace(
        screen=screen, desk=desk, page=screen.page, server=server, toasts=[], panels=[]
    )
    desk.toast_wanted.connect(lambda text, *_: made.toasts.append(text))
    desk.panel_wanted.connect(made.panels.append)
    made.ready = lambda: qtbot.waitUntil(desk.jobs.idle)
    yield made
    server.until.set()
    desk.jobs.close()


def title(opened):
    return opened.page._title.text()


def states(opened):
    return [step.state for step in opened.page.steps._steps]


def test_steps_tick_one_by_one_and_the_end_tells_what_came_of_them(qtbot, opened):
    opened.server.waits_at = "receive"
    opened.page.sync.click()
    qtbot.waitUntil(lambda: states(opened)[2:3] == ["now"])
    assert states(opened) == ["done", "done", "now", "next", "next"]
    assert title(opened) == "Syncing"
    assert opened.page.cancel.isVisible()
    assert not opened.page.sync.isVisible()
    opened.server.until.set()
    opened.ready()
    assert states(opened) == ["done"] * 5
    assert "12 sent: 9 applied, 1 merged, 2 to settle" in opened.page.steps._told["send"]
    assert [figure._number.text() for figure in opened.page._figures] == ["12", "9", "1", "2", "0"]
    assert opened.page.receipts.rows.row_at(0).state == "Some to settle"


def test_cancel_stops_and_says_that_it_goes_on_from_there(qtbot, opened):
    opened.server.waits_at = "receive"
    opened.page.sync.click()
    qtbot.waitUntil(lambda: states(opened)[2:3] == ["now"])
    opened.page.cancel.click()
    opened.ready()
    assert title(opened) == "Stopped"
    assert states(opened)[2] == "stopped"
    assert opened.page.sync.isVisible()


@pytest.mark.parametrize(
    ("error", "begun", "said", "role"),
    [
        (ServerUnreachable("sync.unreachable"), None, "No network now", "text2"),
        (ServerUnreachable("sync.unreachable"), "receive", "The line dropped", "warn"),
        (ServerUnreachable("sync.cut"), "receive", "The line dropped", "warn"),
        (ServerUnreachable("sync.dns"), None, "No network now", "text2"),
        (ServerUnreachable("sync.portal"), None, "This network asks you to log in", "warn"),
        (ServerUnreachable("sync.portal"), "receive", "This network asks you to log in", "warn"),
        (
            ServerUnreachable("sync.tls.intercepted", issuer="Filter"),
            None,
            "No safe connection",
            "danger",
        ),
        (Refused("sync.running"), None, "did not get through", "danger"),
    ],
)
def test_what_is_safe_stands_before_the_cause(opened, laptop, error, begun, said, role):
    laptop.create("customer", name="客户甲")
    opened.server.ends, opened.server.waits_at = error, begun or "identity"
    opened.server.until.set()
    opened.page.sync.click()
    opened.ready()
    opened.screen.refresh()
    opened.ready()
    view = opened.screen.sync._view()
    assert said in view.title
    assert view.role == role
    assert "1 waiting edit is safe" in view.text
    assert view.cause
    assert ("step 3" in view.text) == (begun == "receive")


def test_a_receipt_opens_in_a_panel_with_all_its_counts_and_leaves_with_the_page(opened, laptop):
    with laptop.replica.transaction() as tx:
        tx.add_receipt(a_receipt(sent=3, received=4, verified=1))
    opened.screen.refresh()
    opened.ready()
    opened.page.receipts.opened.emit(0)
    assert opened.panels[-1].form.count() > 10
    opened.screen.enter({"tab": "to_settle"})
    assert opened.panels[-1] is None


@pytest.mark.parametrize(
    ("receipt", "state"),
    [
        (a_receipt(sent=1, verified=1), "Complete"),
        (a_receipt(conflicts=2), "Some to settle"),
        (a_receipt(conflicts=2, refused=1), "1 refused"),
        (a_receipt(outcome="work.cancelled"), "Stopped"),
        (a_receipt(outcome="sync.unreachable"), "No network"),
        (a_receipt(outcome="sync.busy"), "Not complete"),
        (a_receipt(outcome="never.heard.of"), "Not complete"),
    ],
)
def test_every_receipt_says_its_state_in_words(qapp, receipt, state):
    row = row_of(receipt, NOW)
    assert row.state == state
    assert row.moment == "today 09:30"
    assert "never" not in row.below


def test_switching_automatic_sync_is_kept(opened):
    assert opened.page.auto.isChecked()
    opened.page.auto.click()
    assert opened.desk.preferences.auto_sync is False


def test_the_course_counts_each_step_for_itself_and_takes_repeats_lightly():
    course = Course(0.0)
    course.reach("identity", 0.0)
    course.reach("send", 1.0)
    course.count(3, 12)
    course.reach("receive", 4.0)
    course.count(5, 12)
    assert (course.now.done, course.now.total) == (2, 9)
    course.reach("verify", 5.0)
    course.reach("verify", 6.0)
    course.reach("send", 6.0)
    assert course.place == 4
    course.finish(8.0)
    assert [step.seconds for step in course.steps] == [1.0, 3.0, 1.0, 3.0, None]


# --- by itself ---------------------------------------------------------------------------------


def stands(waiting=0, last=NOW, looks=0):
    receipt = a_receipt(at=last) if last else None
    return Standing(
        waiting=waiting,
        to_settle=0,
        refused=0,
        elsewhere=0,
        last_sync=receipt,
        customers=1,
        looks=looks,
    )


def test_a_sync_is_due_where_something_waits_or_the_last_is_hours_old():
    assert is_due(stands(waiting=1), NOW)
    assert is_due(stands(looks=1), NOW)
    assert is_due(stands(last=None), NOW)
    assert is_due(stands(last=NOW - timedelta(hours=5)), NOW)
    assert not is_due(stands(), NOW)


@pytest.fixture
def by_itself(qtbot, opened):
    opened.time = 0.0
    opened.dice = 0.0
    opened.auto = AutoSync(opened.desk, clock=lambda: opened.time, dice=lambda: opened.dice)
    opened.screen.leave()  # nobody watches

    def ask():
        opened.desk.server_told.emit(opened.server.answers)
        qtbot.waitUntil(lambda: not opened.auto._soon.isActive(), timeout=1000)
        opened.ready()
        return opened.server.calls

    opened.ask = ask
    return opened


def test_it_syncs_once_the_network_is_back_and_then_rests(by_itself, laptop):
    laptop.create("customer", name="客户甲")
    by_itself.server.answers = False
    assert by_itself.ask() == 0
    by_itself.server.answers = True
    assert by_itself.ask() == 1
    assert by_itself.ask() == 1  # edits still wait in this made-up world: not again at once
    by_itself.time += REST_S
    assert by_itself.ask() == 2


def test_it_asks_nobody_where_it_is_switched_off(by_itself, laptop):
    laptop.create("customer", name="客户甲")
    by_itself.desk.prefer(auto_sync=False)
    assert by_itself.ask() == 0


def test_it_backs_off_from_a_server_that_fails_however_often_the_network_returns(by_itself, laptop):
    """A line that flaps, a sign-in page behind an open door: no loop of syncs."""
    laptop.create("customer", name="客户甲")
    by_itself.server.ends = ServerUnreachable("sync.cut")
    tried = []
    for _ in range(3600 // 30):
        by_itself.time += 30
        by_itself.server.answers = not by_itself.server.answers
        before = by_itself.server.calls
        if by_itself.ask() > before:
            tried.append(by_itself.time)
    gaps = [later - sooner for sooner, later in pairwise(tried)]
    assert gaps == sorted(gaps)
    assert gaps[:2] == [60, 120]
    assert by_itself.server.calls == 6  # in an hour; without back-off 60


def test_it_leaves_a_busy_server_in_peace_for_as_long_as_it_asks(by_itself, laptop):
    laptop.create("customer", name="客户甲")
    by_itself.server.ends = Busy("sync.busy", seconds=1500)
    assert by_itself.ask() == 1
    by_itself.time = 1499
    assert by_itself.ask() == 1
    by_itself.server.ends, by_itself.time = DONE, 1500
    assert by_itself.ask() == 2


def test_laptops_that_find_the_network_together_do_not_all_call_at_once(by_itself, laptop):
    laptop.create("customer", name="客户甲")
    by_itself.dice = 0.5
    by_itself.desk.server_told.emit(True)
    by_itself.ready()
    assert by_itself.server.calls == 0
    assert by_itself.auto._soon.remainingTime() > 0
    by_itself.desk.prefer(auto_sync=False)  # switched off meanwhile
    by_itself.auto._soon.timeout.emit()
    by_itself.ready()
    assert by_itself.server.calls == 0


def test_pauses_grow_to_an_hour_and_have_some_chance_in_them():
    assert [pause_s(n, 0, 0.0) for n in (1, 2, 3, 7, 40)] == [60, 120, 240, 3600, 3600]
    assert pause_s(1, 900, 0.0) == 900
    assert 60 < pause_s(1, 0, 0.9) <= 75


def test_its_missing_network_is_no_news_but_what_is_to_settle_is(by_itself, laptop):
    laptop.create("customer", name="客户甲")
    by_itself.server.ends = ServerUnreachable("sync.unreachable")
    assert by_itself.ask() == 1
    assert by_itself.toasts == []
    by_itself.server.ends, by_itself.time = DONE, REST_S
    assert by_itself.ask() == 2
    assert by_itself.toasts == ["Synced; 2 to settle"]


def test_a_sync_asked_for_elsewhere_tells_how_it_went_wrong(by_itself):
    by_itself.server.ends = ServerUnreachable("sync.unreachable")
    by_itself.desk.sync_runner.start()
    by_itself.ready()
    assert "cannot be reached" in by_itself.toasts[0]


def test_the_list_of_receipts_opens_by_key(qtbot, opened, laptop):
    with laptop.replica.transaction() as tx:
        tx.add_receipt(a_receipt(sent=3))
    opened.screen.refresh()
    opened.ready()
    opened.page.receipts.setCurrentIndex(opened.page.receipts.rows.index(0))
    with qtbot.waitSignal(opened.page.receipts.opened, timeout=1000):
        qtbot.keyClick(opened.page.receipts, Qt.Key.Key_Return)


def test_a_sync_that_failed_before_the_page_was_made_is_told_there(qtbot, stalls, opened):
    opened.server.ends = ServerUnreachable("sync.unreachable")
    opened.desk.sync_runner.start()
    opened.ready()
    with stalls.left_out():
        opened.screen = SyncScreen(opened.desk)
        qtbot.addWidget(opened.screen)
        opened.screen.enter({})
    opened.ready()
    assert "No network now" in opened.screen.page._title.text()


HELD = SyncReport(
    outcome="partial", held_back=60, held_back_deleted=45, held_back_missing=15, verified=False
)


@pytest.fixture
def asking(qtbot, opened):
    """A page whose last sync has held much back."""
    opened.server.ends = HELD
    opened.page.sync.click()
    opened.ready()
    opened.questions = []
    opened.desk.question_wanted.connect(opened.questions.append)
    return opened


def test_much_that_would_leave_is_asked_about_with_its_causes(asking):
    banner = asking.page.removals
    assert banner.isVisible()
    assert "60 records would leave this laptop" in banner.accessibleName()
    assert "45 were deleted at the branch." in banner.accessibleName()
    assert "15 are not at the branch any more." in banner.accessibleName()
    assert "handed over" not in banner.accessibleName()


def test_keeping_for_now_changes_nothing_and_the_next_sync_asks_again(asking):
    asking.page.removals.keep.click()
    assert not asking.page.removals.isVisible()
    assert (asking.server.calls, asking.questions) == (1, [])
    asking.page.sync.click()
    asking.ready()
    assert asking.page.removals.isVisible()


def test_letting_go_is_asked_once_more_and_then_done(asking, laptop):
    let_go = []

    def letting_go(agreed, progress):
        let_go.append(agreed)
        asking.server.ends = DONE
        return asking.server.sync(progress)

    asking.desk.office = replace(asking.desk.office, sync_letting_go=letting_go)
    asking.page.removals.accept.click()
    assert let_go == []
    ((_, _, safe, other, then),) = asking.questions
    assert (safe, other) == ("Keep for now", "Let them leave")
    then()
    asking.ready()
    assert let_go == [60]
    assert not asking.page.removals.isVisible()


def test_nothing_is_asked_where_nothing_was_held_back(opened):
    opened.page.sync.click()
    opened.ready()
    assert not opened.page.removals.isVisible()


def test_after_a_sync_what_can_still_be_undone_stays_undoable(opened, laptop):
    desk = opened.desk
    kept, lost = laptop.create("customer", name="客户甲"), laptop.create("customer", name="客户乙")
    for who in (kept, lost):
        with laptop.replica.unit_of_work() as uow:
            uow.edit(who, {"village": "大浦"})
            action = Action.of(uow)
            uow.commit()
        desk.undo.push(undoing(laptop.replica.unit_of_work, action, who))
    laptop.write("UPDATE op SET has_left = 1")
    laptop.edit(lost, village="石湾")  # somebody wrote on: undo would take that away
    desk.undo.push(Undoing("an import", undo=dict))
    opened.screen.page.sync.click()
    opened.ready()
    assert [step.text for step in desk.undo.everything()] == [kept]
    desk.undo.take_undo().undo()
    assert "village" not in laptop.fields(kept)


def test_a_sync_that_nobody_watches_says_that_much_would_leave(by_itself):
    by_itself.server.ends = HELD
    by_itself.desk.sync_runner.start()
    by_itself.ready()
    assert by_itself.toasts == ["Unusually much would leave this laptop; see Sync"]
