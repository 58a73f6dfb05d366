"""The window around the screens: places, keys, undo, notices, locking."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
import shiboken6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from crm.domain.errors import Damaged, Locked, Refused, UserError
from desktop.app import anew as again
from desktop.jobs.desk import READERS
from desktop.services.greeting import read_greeting
from desktop.services.office import Forgotten
from desktop.services.preferences import PreferenceFile
from desktop.views.parts.panel import SidePanel
from desktop.views.shell import session as session_module
from desktop.views.shell.screen import COMPACT, MEDIUM, WIDE, Screen
from desktop.views.shell.session import Session
from desktop.views.shell.undo import STEPS, Undoing, UndoStack
from desktop.views.shell.window import Window
from desktop.views.shell.workspace import width_class
from tests.helpers.fakes import Laptop
from tests.helpers.full_disk import full_disk
from tests.helpers.offices import FakeStation, an_office


class Page(Screen):
    """A screen that remembers what it was asked."""

    def __init__(self, name):
        super().__init__()
        self.asked, self.name = [], name
        self.line, self.button = QLineEdit(), QPushButton(name)
        layout = QVBoxLayout(self)
        layout.addWidget(self.line)
        layout.addWidget(self.button)
        self.set_heading(name, "3")

    def enter(self, what):
        self.asked.append(("enter", dict(what)))

    def leave(self):
        self.asked.append(("leave", {}))

    def refresh(self):
        self.asked.append(("refresh", {}))

    def lock(self):
        self.asked.append(("lock", {}))

    def find_here(self):
        self.asked.append(("find", {}))
        return True

    def focus_first(self):
        self.line.setFocus()

    def panes(self):
        return (self.line,)


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path)
    yield made
    made.replica.close()


@pytest.fixture
def opened(qtbot, laptop, tmp_path):
    """An unlocked session on three made-up screens."""
    closed = []
    office = an_office(laptop, close=lambda: closed.append("closed"))
    window, pages = Window(), {}

    def factory(name):
        def make(desk):
            pages[name] = Page(name)
            return pages[name]

        return make

    names = ("customers", "mailings", "sync", "settings", "import")
    session = Session(
        window,
        FakeStation(office, refusal=Locked("vault.passphrase.wrong")),
        PreferenceFile(tmp_path),
        {name: factory(name) for name in names},
        lambda *_: QWidget(),
    )
    session.pages, session.closed = pages, closed
    qtbot.addWidget(window)
    session.begin()
    window.resize(1366, 768)
    window.show()
    qtbot.waitExposed(window)
    unlock(qtbot, session)
    yield session
    session.close()


def unlock(qtbot, session):
    session.unlock_page.passphrase.set_text("right words")
    with qtbot.waitSignal(session.opened, timeout=10_000):
        session.unlock_page.button.click()
    qtbot.waitUntil(lambda: session.shell.standing is not None, timeout=10_000)


def test_a_profile_that_the_branch_has_ended_gives_way_to_the_first_run(qtbot, opened):
    station = opened._station
    station.destroyed = "sync.lost"
    said = []

    class FirstRun(QWidget):
        enrolled = Signal()

        def refuse(self, what, remedy):
            said.append((what, remedy))

    opened._first_run_page = lambda *_: FirstRun()
    opened.desk.tell_error(UserError("sync.lost"))
    qtbot.waitUntil(lambda: bool(said), timeout=10_000)
    assert opened.closed == ["closed"]
    assert (opened.desk, opened.workspace) == (None, None)
    assert "destroyed" in said[0][0]
    assert isinstance(opened._first_run, FirstRun)


def press(qtbot, session, key, modifiers=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(session.window.focusWidget() or session.window, key, modifiers)


CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


def test_unlocking_shows_the_customers_and_screens_are_made_when_asked_for(opened):
    assert list(opened.pages) == ["customers"]
    assert opened.workspace.current() is opened.pages["customers"]
    assert opened.pages["customers"].line.hasFocus()


def test_alt_and_a_number_goes_to_a_place_and_alt_left_comes_back(qtbot, opened):
    press(qtbot, opened, Qt.Key.Key_3, ALT)
    assert opened.workspace.current() is opened.pages["sync"]
    assert opened.pages["customers"].asked[-1] == ("leave", {})
    press(qtbot, opened, Qt.Key.Key_Left, ALT)
    assert opened.workspace.current() is opened.pages["customers"]


def test_a_number_without_a_place_goes_nowhere(qtbot, opened):
    press(qtbot, opened, Qt.Key.Key_8, ALT)
    assert opened.workspace.current() is opened.pages["customers"]


def test_keys_reach_the_screen_that_is_shown(qtbot, opened):
    press(qtbot, opened, Qt.Key.Key_F, CTRL)
    assert opened.pages["customers"].asked[-1] == ("find", {})


def test_f6_goes_through_the_panes_and_back(qtbot, opened):
    first = opened.window.focusWidget()
    seen = {first}
    for _ in range(10):
        press(qtbot, opened, Qt.Key.Key_F6)
        seen.add(opened.window.focusWidget())
        if opened.window.focusWidget() is first:
            break
    assert opened.window.focusWidget() is first
    assert len(seen) >= 4  # the list, the status bar, the rail, the top bar


def test_what_was_saved_is_undone_by_its_key_and_told(qtbot, opened):
    done = []
    undoing = Undoing("称呼", lambda: done.append("undo"), lambda: done.append("redo"))
    opened.desk.was_saved(undoing, "saved")
    opened.pages["customers"].button.setFocus()
    press(qtbot, opened, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: done == ["undo"], timeout=10_000)
    qtbot.waitUntil(lambda: "称呼" in opened.workspace.toast.text(), timeout=10_000)
    press(qtbot, opened, Qt.Key.Key_Y, CTRL)
    qtbot.waitUntil(lambda: done == ["undo", "redo"], timeout=10_000)


def test_undo_while_typing_takes_back_letters_and_nothing_else(qtbot, opened):
    done = []
    opened.desk.was_saved(Undoing("x", lambda: done.append("undo")))
    line = opened.pages["customers"].line
    line.setFocus()
    qtbot.keyClicks(line, "abc")
    press(qtbot, opened, Qt.Key.Key_Z, CTRL)
    opened.desk.jobs.close()
    assert line.text() == ""
    assert done == []


def test_the_undo_of_a_notice_takes_back_what_it_tells_of_and_no_letters(qtbot, opened):
    done = []
    line = opened.pages["customers"].line
    line.setFocus()
    qtbot.keyClicks(line, "abc")
    opened.desk.was_saved(Undoing("x", lambda: done.append("undo")), "saved")
    opened.workspace.toast._undo.click()
    qtbot.waitUntil(lambda: done == ["undo"], timeout=5_000)
    assert line.text() == "abc"


def test_an_undo_that_is_refused_says_why(qtbot, opened):
    def refuse():
        raise Refused("conflict.no_field")

    opened.desk.was_saved(Undoing("x", refuse))
    opened.pages["customers"].button.setFocus()
    opened.shell.undo()
    qtbot.waitUntil(opened.workspace.toast.isVisible, timeout=10_000)
    assert opened.workspace.toast.text()


@pytest.mark.parametrize(
    ("error", "tried"),
    [(Locked("replica.busy"), 2), (Refused("undo.changed"), 1)],
    ids=["by another writer", "by a rule"],
)
def test_an_undo_that_failed_is_tried_again_where_that_can_help(qtbot, opened, error, tried):
    done = []

    def fail():
        done.append("undo")
        raise error

    opened.desk.was_saved(Undoing("x", fail, lambda: done.append("redo")))
    opened.pages["customers"].button.setFocus()
    for act in (opened.shell.undo, opened.shell.redo, opened.shell.undo):
        act()
        qtbot.waitUntil(opened.desk.jobs.idle, timeout=10_000)
    assert done == ["undo"] * tried


def test_the_focus_returns_from_a_panel_to_where_it_came_from(qtbot, opened):
    button = opened.pages["customers"].button
    button.setFocus()
    panel = SidePanel()
    opened.desk.open_panel(panel)
    panel.close_button.setFocus()
    opened.desk.close_panel()
    qtbot.waitUntil(button.hasFocus, timeout=10_000)


def test_a_setting_that_found_no_room_is_told_and_holds_until_the_end(qtbot, opened):
    with full_disk():
        opened.desk.prefer(text_size=1.14)
    assert opened.desk.preferences.text_size == 1.14
    assert "preferences" not in opened.workspace.toast.text()
    assert opened.workspace.toast.isVisible()
    opened.workspace.toast.hide()
    opened.desk.prefer(text_size=1.0)
    assert not opened.workspace.toast.isVisible()


def test_an_unexpected_error_is_told_with_what_is_safe(qtbot, opened):
    opened.tell_fault(None)
    assert opened.workspace.dialog.isVisible()
    press(qtbot, opened, Qt.Key.Key_Escape)
    assert not opened.workspace.dialog.isVisible()


def test_a_question_is_answered_safely_by_escape_and_by_enter(qtbot, opened):
    taken = []
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Return):
        opened.desk.ask("Fact", "Why", "Keep", "Remove", lambda: taken.append("removed"))
        press(qtbot, opened, key)
        assert not opened.workspace.dialog.isVisible()
    assert taken == []


def test_the_unsafe_answer_is_reached_by_tab(qtbot, opened):
    taken = []
    opened.desk.ask("Fact", "Why", "Keep", "Remove", lambda: taken.append("removed"))
    press(qtbot, opened, Qt.Key.Key_Tab)
    press(qtbot, opened, Qt.Key.Key_Return)
    assert taken == ["removed"]


def test_keys_do_not_reach_the_page_below_a_question(qtbot, opened):
    opened.desk.ask("Fact", "Why", "Keep", "Remove", lambda: None)
    before = list(opened.pages["customers"].asked)
    press(qtbot, opened, Qt.Key.Key_F, CTRL)
    assert opened.pages["customers"].asked == before


def test_only_locking_does_not_wait_for_the_answer_to_a_question(qtbot, opened):
    undone = []
    opened.desk.was_saved(Undoing("x", lambda: undone.append("x")))
    opened.desk.ask("Fact", "Why", "Keep", "Remove", lambda: None)
    press(qtbot, opened, Qt.Key.Key_3, ALT)
    press(qtbot, opened, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(opened.desk.jobs.idle, timeout=5_000)
    assert opened.workspace.current() is opened.pages["customers"]
    assert undone == []
    press(qtbot, opened, Qt.Key.Key_L, CTRL)
    assert opened.workspace is None


def test_a_question_whose_field_has_gone_closes(qtbot, opened):
    field = QLineEdit(opened.pages["customers"])
    field.show()
    field.setFocus()
    opened.desk.ask("Fact", "Why", "Keep", "Remove", lambda: None)
    shiboken6.delete(field)
    press(qtbot, opened, Qt.Key.Key_Escape)
    assert not opened.workspace.dialog.isVisible()


def test_a_long_notice_is_read_whole_in_a_narrow_window(qtbot, opened):
    opened.window.resize(910, 460)
    opened.desk.toast("What happened and what to do about it. " * 8, good=False)
    toast = opened.workspace.toast
    lines = toast._text.heightForWidth(toast._text.width())
    assert toast.width() <= toast.parentWidget().width() - 32
    assert toast._text.height() >= lines > 2 * toast._text.fontMetrics().height()
    opened.desk.toast("Short")
    assert toast._text.height() < lines


def test_a_panel_docks_and_the_page_gives_way(qtbot, opened):
    panel = SidePanel()
    before = opened.workspace.pages.width()
    opened.desk.open_panel(panel)
    qtbot.waitUntil(lambda: opened.workspace.pages.width() < before, timeout=5_000)
    assert panel.width() >= 440
    opened.desk.close_panel()
    qtbot.waitUntil(lambda: opened.workspace.pages.width() == before, timeout=5_000)


def test_locking_drops_the_workspace_and_keeps_who_it_was(qtbot, opened, tmp_path):
    page = opened.pages["customers"]
    opened.workspace.rail.lock_asked.emit()
    assert page.asked[-1] == ("lock", {})
    assert opened.closed == ["closed"]
    assert opened.window.page() is opened.unlock_page
    assert opened.workspace is None
    assert read_greeting(tmp_path).name == "李晓梅"
    unlock(qtbot, opened)
    assert opened.workspace is not None


def test_locking_waits_for_no_job_and_the_next_unlocking_waits_for_all(qtbot, opened):
    going_on, written = threading.Event(), []

    def write_late(_):
        going_on.wait(10)
        written.append("written")

    opened.desk.jobs.write(write_late, lambda _: None)
    opened.workspace.rail.lock_asked.emit()
    assert opened.window.page() is opened.unlock_page
    assert (written, opened.closed) == ([], [])
    opened.unlock_page.passphrase.set_text("right words")
    opened.unlock_page.button.click()
    going_on.set()
    qtbot.waitUntil(lambda: opened.workspace is not None, timeout=10_000)
    assert (written, opened.closed) == (["written"], ["closed"])


def test_the_window_locks_by_itself_when_nobody_is_there(qtbot, opened):
    opened._idle.setInterval(30)
    opened._idle.start()
    qtbot.waitUntil(lambda: opened.workspace is None, timeout=5_000)
    assert opened.window.page() is opened.unlock_page


def test_a_key_starts_the_time_to_lock_anew(qtbot, opened):
    opened._idle.start(10_000)
    before = opened._idle.remainingTime()
    qtbot.keyClick(opened.window.windowHandle(), Qt.Key.Key_A)
    assert opened._idle.remainingTime() > before


def test_the_first_key_after_a_long_sleep_of_the_laptop_locks(qtbot, opened):
    typed = []
    opened.pages["customers"].line.textChanged.connect(typed.append)
    opened._seen -= 3600
    qtbot.keyClick(opened.window.windowHandle(), Qt.Key.Key_A)
    qtbot.waitUntil(lambda: opened.workspace is None, timeout=5_000)
    assert typed == []


def test_composing_chinese_starts_the_time_to_lock_anew(qtbot, opened):
    line = opened.pages["customers"].line
    opened.pages["customers"].button.setFocus()
    line.setFocus()
    opened._idle.start(10_000)
    QApplication.sendEvent(line, QInputMethodEvent("nihao", []))
    assert opened._idle.remainingTime() > 10_000


def test_the_title_names_nobody(opened):
    assert opened.window.windowTitle() in ("Yizhan", "驿站")


def test_a_server_that_hangs_keeps_nobody_from_reading_and_nobody_from_locking(
    qtbot, opened, judge
):
    qtbot.waitUntil(opened.desk.jobs.idle, timeout=5_000)
    asked, read = [], []

    def hang(progress):
        asked.append(progress)
        progress.wait(30)

    opened.desk.office = replace(opened.desk.office, server_answers=hang)
    for _ in range(5):
        opened.shell.ask_server()
    for _ in range(READERS):
        opened.desk.jobs.read(lambda _: "row", read.append)
    qtbot.waitUntil(lambda: len(read) == READERS, timeout=5_000)
    qtbot.waitUntil(lambda: len(asked) == 1, timeout=5_000)
    begun = time.monotonic()
    opened.lock()
    judge.within(5, time.monotonic() - begun, "to lock")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("width", "expected"), [(910, COMPACT), (999, COMPACT), (1000, MEDIUM), (1240, WIDE)]
)
def test_breakpoints(width, expected):
    assert width_class(width) == expected


def test_a_narrow_window_tells_its_screens(qtbot, opened):
    opened.window.resize(910, 460)
    page = opened.pages["customers"]
    qtbot.waitUntil(lambda: page.width_class == COMPACT, timeout=5_000)
    assert not opened.workspace.top_bar.search.isVisible()


def test_the_undo_stack_keeps_twenty_steps():
    stack = UndoStack()
    for number in range(STEPS + 5):
        stack.push(Undoing(str(number), lambda: None))
    taken = []
    while (undoing := stack.take_undo()) is not None:
        taken.append(undoing.text)
    assert taken == [str(n) for n in range(STEPS + 4, 4, -1)]


def test_something_new_ends_what_could_be_done_again():
    stack = UndoStack()
    stack.push(Undoing("a", lambda: None, lambda: None))
    stack.take_undo()
    stack.push(Undoing("b", lambda: None))
    assert stack.take_redo() is None


def test_who_it_is_is_kept_from_the_moment_of_unlocking(qtbot, opened, tmp_path):
    qtbot.waitUntil(lambda: read_greeting(tmp_path).name == "李晓梅", timeout=10_000)


def test_locking_at_once_leaves_nothing_that_comes_later(qtbot, opened):
    """What is put off until after the first screen is dropped with it."""
    loaded = []
    opened.shell.preload = lambda: loaded.append("preloaded")
    opened.lock()
    with qtbot.captureExceptions() as escaped:
        qtbot.wait(700)
    assert escaped == []
    assert loaded == []


# --- the process after a lock ---


def test_the_process_is_replaced_once_everything_is_covered_and_closed(qtbot, opened):
    seen = []
    opened.begin_anew = lambda: seen.append((opened.window.page(), list(opened.closed)))
    opened.lock()
    assert seen == [(opened.unlock_page, ["closed"])]


def test_what_is_being_saved_is_waited_for_and_nobody_unlocks_meanwhile(qtbot, opened):
    going_on, order = threading.Event(), []

    def write_late(_):
        going_on.wait(10)
        order.append("written")

    opened.begin_anew = lambda: order.append("anew")
    opened.desk.jobs.write(write_late, lambda _: None)
    opened.lock()
    assert opened.window.page() is opened.unlock_page
    assert not opened.unlock_page.passphrase.line.isEnabled()
    assert order == []
    going_on.set()
    qtbot.waitUntil(lambda: "anew" in order, timeout=10_000)
    assert (order, opened.closed) == (["written", "anew"], ["closed"])


def test_long_work_is_cancelled_at_its_next_safe_place(qtbot, opened):
    """A sync or an export: it may go on until it asks whether it shall."""
    begun, order = threading.Event(), []

    def export(progress):
        begun.set()
        try:
            while True:
                progress.wait(0.01)
        finally:
            order.append("ended")

    opened.begin_anew = lambda: order.append("anew")
    opened.desk.jobs.long(export, lambda _: None)
    assert begun.wait(10)
    opened.lock()
    qtbot.waitUntil(lambda: "anew" in order, timeout=10_000)
    assert order == ["ended", "anew"]


def test_work_that_never_ends_does_not_keep_the_memory(qtbot, opened, monkeypatch):
    monkeypatch.setattr(session_module, "LAST_JOBS_MS", 30)
    going_on, order = threading.Event(), []
    opened.begin_anew = lambda: order.append("anew")
    opened.desk.jobs.long(lambda _: going_on.wait(20), lambda _: None)
    opened.lock()
    qtbot.waitUntil(lambda: order == ["anew"], timeout=10_000)
    going_on.set()


def test_where_the_process_cannot_be_replaced_it_stays_locked_and_says_so(qtbot, opened):
    def fail():
        raise OSError

    opened.begin_anew = fail
    opened.lock()
    assert opened.window.page() is opened.unlock_page
    assert opened.workspace is None
    assert "Close the window" in opened.unlock_page.passphrase.line.accessibleDescription()


def test_a_screen_that_fails_to_keep_its_draft_does_not_keep_the_window_open(qtbot, opened):
    def fail():
        raise ZeroDivisionError

    faults, anew = [], []
    opened.pages["customers"].lock = fail
    opened._fault = faults.append
    opened.begin_anew = lambda: anew.append(opened.workspace)
    opened.lock()
    assert opened.window.page() is opened.unlock_page
    assert ([type(fault) for fault in faults], anew) == ([ZeroDivisionError], [None])
    assert opened.unkept, "the new process is told, as nobody has seen what this one said"


@pytest.mark.parametrize("fails", [False, True])
def test_what_could_not_be_saved_while_it_locked_is_told_by_the_new_process(qtbot, opened, fails):
    going_on, anew = threading.Event(), []

    def save(_):
        going_on.wait(10)
        if fails:
            raise Damaged("replica.disk_full")

    opened.begin_anew = lambda: anew.append(opened.unkept)
    opened.desk.jobs.write(save, lambda _: None)
    opened.lock()
    going_on.set()
    qtbot.waitUntil(lambda: anew != [], timeout=10_000)
    assert anew == [fails]
    opened.tell_unkept()
    assert "could not be saved" in opened.unlock_page.passphrase.line.accessibleDescription()


def test_that_something_was_not_saved_is_handed_to_the_new_process_once():
    given = again._environment(again.FRONT, unkept=True)
    assert again.was_unkept(given)
    assert not again.was_unkept(given)
    assert not again.was_unkept(again._environment(again.FRONT, unkept=False))


def test_closing_the_window_replaces_nothing(opened):
    anew = []
    opened.begin_anew = lambda: anew.append("anew")
    opened.close()
    assert (anew, opened.closed) == ([], ["closed"])


class Watched:
    """What the system would be told; remembers it."""

    def __init__(self, session, order):
        self.session, self.order = session, order

    def let_sleep(self):
        self.order.append(("sleep", list(self.session.closed)))

    def deleteLater(self):  # noqa: N802 - as Qt calls it
        self.order.append("gone")


def test_the_system_is_watched_while_unlocked_and_may_sleep_once_all_is_closed(qtbot, opened):
    order, locks = [], []
    opened.lock()

    def watch(window, lock):
        locks.append(lock)
        return Watched(opened, order)

    opened.watch_system = watch
    opened.closed.clear()
    unlock(qtbot, opened)
    (lock,) = locks
    lock()
    lock()  # the screen locks, and then the laptop sleeps
    assert opened.workspace is None
    assert order == [("sleep", ["closed"]), "gone"]


FORGOTTEN = Forgotten(login="lihua", password="right password", passphrase="")


def slowly(opened):
    """Lock; watch; begin an unlocking that goes on until `going_on` is set."""
    locks, order, going_on = [], [], threading.Event()
    opened.lock()
    opened.closed.clear()

    def watch(window, lock):
        locks.append(lock)
        return Watched(opened, order)

    def unlock(passphrase, usual=opened._station.unlock):
        going_on.wait(10)
        return usual(passphrase)

    opened.watch_system = watch
    opened._station.unlock = unlock
    return locks, order, going_on


def test_a_lock_of_the_system_while_it_unlocks_leaves_it_locked_in_a_new_process(qtbot, opened):
    locks, order, going_on = slowly(opened)
    opened.begin_anew = lambda: order.append("anew")
    opened.unlock_page.passphrase.set_text("right words")
    opened.unlock_page.button.click()
    (lock,) = locks  # from the click on
    lock()
    lock()
    assert opened.unlock_page.passphrase.text() == ""
    assert order == [], "the system waits until it is closed"
    going_on.set()
    qtbot.waitUntil(lambda: len(order) == 3, timeout=10_000)
    assert order == ["anew", ("sleep", ["closed"]), "gone"]
    assert (opened.desk, opened.workspace) == (None, None)
    assert opened.window.page() is opened.unlock_page
    unlock(qtbot, opened)  # where it could not begin anew
    assert opened.workspace is not None


def test_a_wrong_passphrase_lets_the_system_sleep_and_the_next_unlocking_opens(qtbot, opened):
    locks, order, going_on = slowly(opened)
    going_on.set()
    opened.unlock_page.passphrase.set_text("wrong words")
    opened.unlock_page.button.click()
    locks[0]()
    qtbot.waitUntil(lambda: order == [("sleep", []), "gone"], timeout=10_000)
    assert opened.unlock_page.button.isEnabled()
    unlock(qtbot, opened)
    assert len(locks) == 2
    assert opened.workspace is not None


@pytest.mark.parametrize("state", ["recovered", "waiting"])
def test_a_lock_of_the_system_while_a_recovery_goes_on_leaves_it_locked(qtbot, opened, state):
    locks, order, going_on = slowly(opened)
    opened._station.forgot.append(replace(FORGOTTEN, passphrase="right words"))
    opened._station.digits, opened._station.states = "042117", [state]
    opened.unlock_page.forgot.click()
    opened.unlock_page.recovery.chosen.set_text("right words")
    opened.unlock_page.recovery.button.click()
    locks[0]()
    going_on.set()
    closed = ["closed"] if state == "recovered" else []
    qtbot.waitUntil(lambda: order == [("sleep", closed), "gone"], timeout=10_000)
    assert opened.workspace is None
    assert opened.unlock_page.button.isEnabled(), "and can be unlocked later"
    assert opened.unlock_page.forgot.isEnabled()


@pytest.mark.qt_log_ignore("does not support raise")
def test_dialogs_and_tips_beside_the_window_go_with_it(qtbot, opened):
    answered, file = [], QDialog(opened.window)
    tip = QLabel("张三丰", opened.window, Qt.WindowType.ToolTip)
    file.setWindowTitle("张三丰.pdf")
    file.rejected.connect(lambda: answered.append("rejected"))
    file.open()
    tip.show()
    opened.lock()
    shown = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible()]
    assert (shown, answered) == ([opened.window], ["rejected"])
