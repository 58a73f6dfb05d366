"""A laptop whose lease has ended shows one page: it can sync, be enrolled again and lock."""

from __future__ import annotations

import threading
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from crm.domain.errors import Locked, ServerUnreachable, UserError
from desktop.app.profiles import Profile, open_replica
from desktop.app.station import ProfileStation
from desktop.services.clock import Mark
from desktop.services.greeting import Greeting, read_greeting
from desktop.services.lease import Lease
from desktop.services.office import Office, Outpost
from desktop.services.ports import Receipt
from desktop.services.preferences import PreferenceFile
from desktop.services.standing import Standing
from desktop.views.language.switching import Language
from desktop.views.lease.watch import LeaseWatch
from desktop.views.shell.session import Session
from desktop.views.shell.status_bar import StatusBar
from desktop.views.shell.window import Window
from desktop.views.unlock.page import UnlockPage
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.offices import PERSON, FakeStation, an_office
from tests.helpers.profiles import a_profile
from tests.views.test_shell import Page

DAY = timedelta(days=1)
SINCE = datetime(2026, 3, 1, 1, 0, tzinfo=UTC)
ENDED = Lease(since=SINCE, days=30, days_left=0, expired=True, behind=False)
GOOD = replace(ENDED, days_left=30, expired=False)


class FirstRun(QWidget):
    enrolled = Signal()


class Branch:
    """What an ended profile can reach; `sync` does what the test says."""

    def __init__(self, laptop):
        self.laptop, self.asked, self.closed = laptop, [], []
        self.answer = lambda: None
        self.renewed = True

    def sync(self, progress):
        self.asked.append("sync")
        self.answer()

    def enrol_again(self, given, progress):
        self.asked.append(given.login)

    def open(self):
        if not self.renewed:
            raise Locked("lease.expired", since="2026-03-01", days=30)
        return an_office(self.laptop, lease=lambda: GOOD)

    def outpost(self, **changes):
        given = {
            "person": PERSON,
            "folder": self.laptop.folder,
            "lease": ENDED,
            "waiting": 12,
            "sync": self.sync,
            "enrol_again": self.enrol_again,
            "open": self.open,
            "close": lambda: self.closed.append("closed"),
        }
        return Outpost(**{**given, **changes})


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path)
    yield made
    made.replica.close()


@pytest.fixture
def branch(laptop):
    return Branch(laptop)


@pytest.fixture
def session(qtbot, branch, tmp_path):
    """A session that was unlocked, at the page of the ended lease."""
    window = Window()
    made = Session(
        window,
        FakeStation(branch.outpost()),
        PreferenceFile(tmp_path),
        {"customers": lambda desk: Page("customers")},
        lambda *_: FirstRun(),
    )
    qtbot.addWidget(window)
    made.begin()
    window.resize(1366, 768)
    window.show()
    qtbot.waitExposed(window)
    unlock(qtbot, made)
    yield made
    made.close()


def unlock(qtbot, session):
    session.unlock_page.passphrase.set_text("right words")
    session.unlock_page.button.click()
    qtbot.waitUntil(lambda: session._outside is not None, timeout=10_000)


def page(session):
    found = session.window.page()
    assert found is session._outside.page
    return found


def test_it_says_since_when_and_that_nothing_is_lost_and_shows_no_screen(session):
    shown = [label.text() for label in page(session).findChildren(QLabel)]
    assert any("1 March" in text and "30 days" in text for text in shown), shown
    assert any("12 edits wait" in text for text in shown), shown
    assert (session.desk, session.workspace) == (None, None)


def test_no_way_to_read_anything_is_handed_in():
    given = {field.name for field in fields(Outpost)}
    assert given == {
        *("person", "folder", "lease", "waiting", "sync", "enrol_again", "open", "close")
    }


def test_a_sync_renews_the_lease_and_opens_the_profile(qtbot, session, branch):
    with qtbot.waitSignal(session.opened, timeout=10_000):
        qtbot.keyClick(session.window, Qt.Key.Key_F5)
    assert branch.asked == ["sync"]
    assert session.window.page() is session.workspace
    assert session._outside is None
    session.lock()
    assert session.window.page() is session.unlock_page


def test_a_sync_that_reaches_nobody_says_so_and_it_stays_as_it_is(qtbot, session, branch):
    def nobody():
        raise ServerUnreachable("sync.refused_connection", address="http://127.0.0.1:1")

    branch.answer = nobody
    page(session).sync.click()
    qtbot.waitUntil(lambda: page(session).problem() != "", timeout=10_000)
    assert page(session).sync.isEnabled()
    assert not page(session).again.isVisible()


def test_a_sync_that_did_not_renew_it_opens_nothing(qtbot, session, branch):
    branch.renewed = False
    page(session).sync.click()
    qtbot.waitUntil(lambda: page(session).problem() != "", timeout=10_000)
    assert session.workspace is None


def test_a_sync_can_be_cancelled(qtbot, session, branch):
    begun = threading.Event()

    def wait(progress):
        begun.set()
        progress.wait(30)
        progress.check()

    session._outside.office = replace(session._outside.office, sync=wait)
    page(session).sync.click()
    assert begun.wait(10)
    page(session).progress.cancel.click()
    qtbot.waitUntil(page(session).sync.isEnabled, timeout=10_000)
    assert page(session).problem() == ""


def test_a_laptop_that_the_server_has_forgotten_is_enrolled_again_and_syncs(qtbot, session, branch):
    def forgotten():
        branch.answer = lambda: None
        raise UserError("sync.token")

    branch.answer = forgotten
    page(session).sync.click()
    qtbot.waitUntil(page(session).again.isVisible, timeout=10_000)
    page(session).again.click()
    panel = session._outside._again._panel
    panel.fields["login"].set_text("lihua")
    panel.fields["password"].set_text("eigenes-Wort-77")
    with qtbot.waitSignal(session.opened, timeout=10_000):
        panel.save_button.click()
    assert branch.asked == ["sync", "lihua", "sync"]


def test_it_locks_by_its_key_and_closes_the_replica(qtbot, session, branch):
    qtbot.keyClick(session.window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: branch.closed == ["closed"], timeout=10_000)
    assert session.window.page() is session.unlock_page
    unlock(qtbot, session)
    assert page(session)


def test_it_locks_by_itself_when_nobody_is_there(qtbot, session, branch):
    session._idle.start(30)
    qtbot.waitUntil(lambda: branch.closed == ["closed"], timeout=10_000)
    assert session.window.page() is session.unlock_page


def test_a_lost_laptop_is_destroyed_from_here_as_well(qtbot, session, branch):
    def lost():
        session._station.destroyed = "sync.lost"
        raise UserError("sync.lost")

    branch.answer = lost
    page(session).sync.click()
    qtbot.waitUntil(lambda: session._first_run is not None, timeout=10_000)
    assert branch.closed == ["closed"]


@pytest.mark.parametrize("behind", [False, True])
def test_everything_on_the_page_has_room_and_a_name(qtbot, session, behind):
    shown = page(session)
    shown.show_lease(replace(ENDED, behind=behind), 1, "李晓梅·石湾支局")
    shown.tell_problem("Nothing answers at the address. " * 3, forgotten=True)
    session.window.resize(910, 460)
    qtbot.wait(50)
    assert walking.cut(shown) == []
    assert walking.unnamed(shown) == []


# --- while the lease runs ---


def test_the_days_left_are_shown_once_they_are_few_and_are_greeted_with(qtbot, laptop, tmp_path):
    office = an_office(laptop, lease=lambda: lease[0])
    lease = [replace(GOOD, since=datetime.now(UTC) - 25 * DAY, days_left=5)]
    window = Window()
    session = Session(
        window,
        FakeStation(office),
        PreferenceFile(tmp_path),
        {"customers": lambda desk: Page("customers")},
        lambda *_: FirstRun(),
    )
    qtbot.addWidget(window)
    session.begin()
    window.show()
    session.unlock_page.passphrase.set_text("right words")
    with qtbot.waitSignal(session.opened, timeout=10_000):
        session.unlock_page.button.click()
    part = session.workspace.status_bar.parts["lease"]
    qtbot.waitUntil(part.isVisible, timeout=10_000)
    assert part.text() == "5 days left without a sync"
    qtbot.waitUntil(lambda: read_greeting(tmp_path).until != "", timeout=10_000)
    lease[0] = replace(GOOD, since=datetime.now(UTC))
    watch = session.desk.findChild(LeaseWatch)
    watch.look()
    qtbot.waitUntil(lambda: not part.isVisible(), timeout=10_000)
    lease[0] = ENDED
    watch.look()
    qtbot.waitUntil(lambda: session.workspace is None, timeout=10_000)
    assert session.window.page() is session.unlock_page
    session.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_days_left_have_room_in_a_narrow_window(qtbot, language):
    speaking = Language(QApplication.instance())
    try:
        speaking.use(language)
        bar = StatusBar()
        qtbot.addWidget(bar)
        bar.show_person(PERSON)
        last = Receipt(
            at="2026-03-17T23:42:00.000Z[+08:00]", outcome="complete", counts={}, heads={}
        )
        bar.show_standing(
            Standing(waiting=120, to_settle=30, refused=0, elsewhere=0, last_sync=last, customers=9)
        )
        bar.fit(compact=True)
        bar.show_days_left(3)
        assert bar.minimumSizeHint().width() <= 910
        assert not bar.parts["lease"].isHidden()
        bar.show_days_left(None)
        assert not bar.parts["last_sync"].isHidden()
    finally:
        speaking.use("en")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (8, ""),
        (7, "Sync within 7 days"),
        (1, "Sync within 1 day"),
        (0, "A sync at the branch is due"),
    ],
)
def test_the_lock_page_says_that_a_sync_is_due_soon(qtbot, days, said):
    shown = UnlockPage()
    qtbot.addWidget(shown)
    until = datetime.now(UTC).astimezone().date() + days * DAY
    shown.greet(Greeting(name="李晓梅", until=until.isoformat()))
    assert (shown._days.text() if not shown._days.isHidden() else "") == said


def test_a_real_profile_opens_as_far_as_its_lease_allows(tmp_path):
    made, replica, _ = a_profile(tmp_path / "laptop")
    replica.close()
    station = ProfileStation(made.profile)
    opened = station.unlock(made.passphrase)
    assert isinstance(opened, Office)
    assert opened.lease().days_left == 30
    opened.close()
    replica = open_replica(Profile(made.profile), made.passphrase)
    heard = datetime.now(UTC) - 31 * DAY
    replica.marks.set(Mark(heard=heard, reached=heard, ahead=timedelta(0)).as_text())
    replica.close()
    opened = station.unlock(made.passphrase)
    assert isinstance(opened, Outpost)
    with pytest.raises(Locked, match=r"lease\.expired"):
        opened.open()
    opened.close()
