"""A laptop that a restored server has forgotten is enrolled again from the Sync page."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from desktop.app.station import ProfileStation
from desktop.jobs.desk import Jobs
from desktop.services.office import Enrolment
from desktop.services.preferences import PreferenceFile
from desktop.views.shell.desk import Desk
from desktop.views.shell.sync_runner import SyncRunner
from desktop.views.sync.again_panel import AgainPanel
from desktop.views.sync.screen import SyncScreen
from server.exchange import accounts, backups
from tests.helpers import walking
from tests.helpers.live_server import PASSWORD, LiveServer

PASSPHRASE, OWN_PASSWORD = "four right words here", "ein-eigenes-Wort-7"
WAIT_MS = 20_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real practice server that knows four people, and what it will be restored to."""
    with LiveServer(tmp_path_factory.mktemp("server")) as running:
        for login in ("first", "second", "third"):
            running.person(login)
        early = accounts.NewPerson("early", "Early", "manager", running.branch, PASSWORD, True)
        accounts.add_person(running.exchange, running.hand, early, None)
        dump = running.settings.folder / "dump"
        backups.back_up(running.exchange, running.settings, dump, None)
        running.forget = lambda: backups.restore(
            running.exchange, running.settings, dump, replace=True
        )
        yield running


def enrolled(server, folder, login, new_password=""):
    """Return the office of a laptop that is enrolled after the dump and has sent an edit."""
    station = ProfileStation(folder)
    station.enrol(
        Enrolment(
            server_url=server.url,
            login=login,
            password=PASSWORD,
            new_password=new_password,
            passphrase=PASSPHRASE,
            practice=True,
        )
    )
    return station.unlock(PASSPHRASE)


def write(office, name):
    home = accounts.portfolio(office.person.user)
    with office.new_uow() as uow:
        uow.create("customer", {"name": name}, home=home)
        uow.commit()


def names(office):
    with office.reader() as reader:
        return {held.fields["name"] for held in reader.customers()}


@pytest.fixture
def opened(qtbot, stalls, server, tmp_path, request):
    """The Sync page of a laptop that the server forgets; it has an edit that waits."""
    login, new_password = getattr(request, "param", ("first", ""))
    with stalls.left_out():
        office = enrolled(server, tmp_path / "laptop", login, new_password)
        write(office, "sent before")
        desk = Desk(office, Jobs(), PreferenceFile(tmp_path / "laptop"))
        desk.sync_runner = SyncRunner(desk)
        desk.sync_wanted.connect(desk.sync_runner.start)
        screen = SyncScreen(desk)
        qtbot.addWidget(screen)
        screen.resize(1270, 620)
        screen.show()
        screen.enter({})
    made = SimpleNamespace(
        screen=screen, page=screen.page, desk=desk, office=office, panel=None, toasts=[]
    )

    def show_panel(panel):
        if panel is not None:
            qtbot.addWidget(panel)
            panel.resize(480, 640)
            panel.show()
        made.panel = panel

    desk.panel_wanted.connect(show_panel)
    desk.toast_wanted.connect(lambda text, *_: made.toasts.append(text))
    made.ready = lambda: qtbot.waitUntil(
        lambda: desk.jobs.idle() and not desk.sync_runner.running, timeout=WAIT_MS
    )
    sync(made)
    yield made
    desk.jobs.close()
    office.close()


def sync(opened):
    opened.desk.sync_wanted.emit()
    opened.ready()


def forget(opened, server):
    """Let the server be restored, write something, and sync."""
    server.forget()
    write(opened.office, "not sent")
    sync(opened)


def fill(panel, **texts):
    for name, text in texts.items():
        panel.fields[name].set_text(text)


def problem_at(panel, name):
    field = panel.fields[name]
    return field.editor.accessibleDescription() if field.has_problem() else ""


def test_a_forgotten_laptop_is_enrolled_again_and_syncs_by_itself(qtbot, opened, server):
    assert not opened.page.forgotten.isVisible()
    forget(opened, server)
    assert opened.page.forgotten.isVisible()
    assert "enrolled again" in opened.page._title.text()
    opened.page.forgotten.button.click()
    assert isinstance(opened.panel, AgainPanel)
    fill(opened.panel, login="first", password=PASSWORD)
    qtbot.keyClick(opened.panel.fields["password"].line, Qt.Key.Key_Return)
    asking = opened.panel
    opened.page.forgotten.button.click()
    assert opened.panel is asking
    assert asking.busy
    qtbot.waitUntil(lambda: opened.panel is None, timeout=WAIT_MS)
    opened.ready()
    assert not opened.page.forgotten.isVisible()
    assert opened.page._title.text() == "Synced"
    assert opened.desk.sync_runner.ended.applied == 2  # what was lost there, and what waited
    assert names(opened.office) == {"sent before", "not sent"}


@pytest.mark.parametrize("opened", [("second", "")], indirect=True, ids=["second"])
def test_what_is_wrong_is_told_in_the_panel_and_nothing_is_lost(qtbot, opened, server):
    forget(opened, server)
    opened.page.forgotten.button.click()
    panel = opened.panel
    panel.save_button.click()
    assert problem_at(panel, "login")
    assert problem_at(panel, "password")
    fill(panel, login="second", password="not this one")
    panel.save_button.click()
    qtbot.waitUntil(lambda: bool(problem_at(panel, "password")), timeout=WAIT_MS)
    assert not panel.busy
    fill(panel, login="third", password=PASSWORD)
    panel.save_button.click()
    qtbot.waitUntil(panel._problems.isVisible, timeout=WAIT_MS)
    assert "another person" in panel._summary.text()
    assert panel.fields["login"].text() == "third"
    assert names(opened.office) == {"sent before", "not sent"}


@pytest.mark.parametrize("opened", [("early", OWN_PASSWORD)], indirect=True, ids=["early"])
def test_a_password_that_is_the_first_one_again_is_changed_on_the_way(qtbot, opened, server):
    """The restored server knows nothing of the password that was chosen since."""
    forget(opened, server)
    opened.page.forgotten.button.click()
    panel = opened.panel
    fill(panel, login="early", password=PASSWORD)
    panel.save_button.click()
    qtbot.waitUntil(lambda: bool(problem_at(panel, "new_password")), timeout=WAIT_MS)
    fill(panel, new_password=OWN_PASSWORD, new_again="another")
    panel.save_button.click()
    assert problem_at(panel, "new_again")
    fill(panel, new_again=OWN_PASSWORD)
    panel.save_button.click()
    qtbot.waitUntil(lambda: opened.panel is None, timeout=WAIT_MS)
    opened.ready()
    assert opened.page._title.text() == "Synced"


def test_closing_the_panel_stops_what_it_asked_for(qtbot, opened, server):
    forget(opened, server)
    opened.page.forgotten.button.click()
    fill(opened.panel, login="first", password=PASSWORD)
    opened.panel.save_button.click()
    opened.panel.close_button.click()
    assert opened.panel is None
    opened.ready()
    assert opened.page.forgotten.isVisible()
    assert opened.toasts == []


def test_every_control_of_the_panel_has_a_name_and_a_key_reaches_it(qtbot, opened):
    opened.screen.sync._again.open()
    opened.panel.ask_new_password()
    assert walking.unnamed(opened.panel) == []
    assert walking.unreachable(opened.panel) == []
    assert walking.cut(opened.panel) == []


def test_a_server_that_knows_the_laptop_after_all_is_no_trouble(qtbot, opened):
    opened.screen.sync._again.open()
    fill(opened.panel, login="first", password=PASSWORD)
    opened.panel.save_button.click()
    qtbot.waitUntil(lambda: opened.panel is None, timeout=WAIT_MS)
    opened.ready()
    assert opened.page._title.text() == "Synced"
    assert "nothing was needed" in opened.toasts[0]


def test_the_banner_is_there_at_the_next_unlocking_too(qtbot, opened, server):
    """The last receipt tells it, before any sync of this session."""
    forget(opened, server)
    desk = Desk(opened.office, Jobs(), PreferenceFile(opened.office.folder))
    desk.sync_runner = SyncRunner(desk)
    screen = SyncScreen(desk)
    qtbot.addWidget(screen)
    screen.show()
    screen.enter({})
    qtbot.waitUntil(screen.page.forgotten.isVisible, timeout=WAIT_MS)
    desk.jobs.close()
