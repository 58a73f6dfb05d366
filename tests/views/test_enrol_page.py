"""The first run: what is typed stays, what is wrong is told where it belongs; it ends unlocked."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from crm.domain.errors import Locked, Refused
from desktop.app.station import ProfileStation
from desktop.jobs.desk import Jobs
from desktop.views.enrol.entered import with_scheme
from desktop.views.enrol.screen import make
from server.exchange import accounts
from tests.helpers.live_server import PASSWORD, LiveServer

OWN_PASSWORD, PASSPHRASE = "ein-eigenes-Wort-7", "four right words here"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A real practice server; `first` must change the password at the first enrolment."""
    with LiveServer(tmp_path_factory.mktemp("server")) as running:
        first = accounts.NewPerson("first", "First", "manager", running.branch, PASSWORD, True)
        accounts.add_person(running.exchange, running.hand, first, None)
        running.person("second")
        yield running


class ClosedStation(ProfileStation):
    """Refuses every enrolment, as a laptop does on which something is not as it must be."""

    __slots__ = ("given", "refusal")

    def __init__(self, folder: Path, refusal: Exception) -> None:
        super().__init__(folder)
        object.__setattr__(self, "refusal", refusal)
        object.__setattr__(self, "given", [])

    def enrol(self, given):
        self.given.append(given)
        raise self.refusal


@contextmanager
def first_run(qtbot, station):
    jobs = Jobs()
    page = make(station, jobs)
    qtbot.addWidget(page)
    page.resize(1366, 768)
    page.show()
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow, timeout=5_000)
    try:
        yield page
    finally:
        assert jobs.close()


def fill(page, **texts):
    usual = {"login": "second", "password": PASSWORD, "passphrase": PASSPHRASE}
    for name, text in {**usual, "again": PASSPHRASE, **texts}.items():
        page.fields[name].set_text(text)
    page.practice.setChecked(True)


def problem_at(page, name):
    field = page.fields[name]
    return field.editor.accessibleDescription() if field.has_problem() else ""


def test_a_first_password_is_changed_on_the_way_and_the_profile_opens(qtbot, tmp_path, server):
    station = ProfileStation(tmp_path / "new")
    with first_run(qtbot, station) as page:
        fill(page, server=server.url, login="first")
        page.button.click()
        qtbot.waitUntil(lambda: bool(problem_at(page, "new_password")), timeout=15_000)
        assert page.fields["password"].text() == PASSWORD
        page.fields["new_password"].set_text(OWN_PASSWORD)
        page.fields["new_again"].set_text(OWN_PASSWORD)
        with qtbot.waitSignal(page.enrolled, timeout=20_000):
            page.button.click()
        assert page.fields["passphrase"].text() == ""
    office = station.unlock(PASSPHRASE)
    try:
        checks = office.examine()["checks"]  # asks for no passphrase: the profile is open
        assert checks["replica"]["good"]
        assert checks["server"]["practice"]
    finally:
        office.close()


def test_a_wrong_password_is_told_at_the_field_and_nothing_is_lost(qtbot, tmp_path, server):
    with first_run(qtbot, ProfileStation(tmp_path / "new")) as page:
        fill(page, server=server.url, password="not this one")
        before = page.entered()
        page.button.click()
        qtbot.waitUntil(lambda: bool(problem_at(page, "password")), timeout=15_000)
        assert page.entered() == before
        assert page.button.isEnabled()
        assert page.fields["password"].line.hasFocus()


def test_a_server_that_does_not_answer_is_told_at_its_address(qtbot, tmp_path):
    with first_run(qtbot, ProfileStation(tmp_path / "new")) as page:
        fill(page, server="http://127.0.0.1:9")
        page.button.click()
        qtbot.waitUntil(lambda: bool(problem_at(page, "server")), timeout=15_000)


def test_without_a_secure_keyring_the_remedy_stands_above_the_fields(qtbot, tmp_path):
    station = ClosedStation(tmp_path, Locked("keyring.none", backend=""))
    with first_run(qtbot, station) as page:
        fill(page, server="crm.example.cn")
        page.button.click()
        qtbot.waitUntil(lambda: bool(page.refused()), timeout=5_000)
        assert "keyring" in page.refused()["remedy"]
        assert page.fields["passphrase"].text() == PASSPHRASE
        assert station.given[0].server_url == "https://crm.example.cn"


def test_a_certificate_that_cannot_be_read_opens_its_field(qtbot, tmp_path):
    station = ClosedStation(tmp_path, Refused("sync.ca_file", reason="FileNotFoundError"))
    with first_run(qtbot, station) as page:
        fill(page, server="crm.example.cn", ca_file="gone.pem")
        page.button.click()
        qtbot.waitUntil(lambda: bool(problem_at(page, "ca_file")), timeout=5_000)
        assert page.fields["ca_file"].isVisible()
        assert "--ca" not in problem_at(page, "ca_file")  # no word of the command line


def test_what_is_missing_is_told_beside_each_field_before_a_server_is_asked(qtbot, tmp_path):
    station = ClosedStation(tmp_path, Refused("enrol.login"))
    with first_run(qtbot, station) as page:
        page.button.click()
        assert all(problem_at(page, name) for name in ("server", "login", "password", "passphrase"))
        fill(page, server="crm.example.cn", passphrase="short", again="short")
        page.button.click()
        assert "8" in problem_at(page, "passphrase")
        fill(page, again="something else")
        page.button.click()
        assert problem_at(page, "again")
        assert not station.given


def test_enter_goes_from_field_to_field_and_at_the_end_to_the_server(qtbot, tmp_path):
    station = ClosedStation(tmp_path, Refused("enrol.login"))
    with first_run(qtbot, station) as page:
        assert page.fields["server"].line.hasFocus()
        for name in ("server", "login", "password", "passphrase", "again"):
            assert page.fields[name].line.hasFocus()
            own = name in ("passphrase", "again")
            qtbot.keyClicks(page.fields[name].line, PASSPHRASE if own else "long enough")
            qtbot.keyClick(page.fields[name].line, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(problem_at(page, "password")), timeout=5_000)
        assert station.given[0].login == "long enough"


def test_tab_follows_the_order_of_the_page(qtbot, tmp_path):
    with first_run(qtbot, ProfileStation(tmp_path / "new")) as page:
        seen = []
        for _ in range(5):
            seen.append(QApplication.focusWidget())
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        names = ("server", "login", "password")
        assert seen[:3] == [page.fields[name].line for name in names]
        assert seen[3] is page.certificate
        assert seen[4] is page.fields["passphrase"].line


def test_a_small_window_scrolls_down_and_never_sideways(qtbot, tmp_path):
    with first_run(qtbot, ProfileStation(tmp_path / "new")) as page:
        page.ask_new_password()
        page.resize(640, 460)
        QApplication.processEvents()
        inside = page.findChild(type(page._area))
        assert inside.widget().minimumSizeHint().width() <= inside.viewport().width()


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("crm.example.cn", "https://crm.example.cn"),
        (" https://crm.example.cn ", "https://crm.example.cn"),
        ("127.0.0.1:8799", "http://127.0.0.1:8799"),
        ("localhost", "http://localhost"),
        ("10.0.0.8:8443/", "https://10.0.0.8:8443/"),
        ("", ""),
    ],
)
def test_an_address_without_a_scheme_is_meant_encrypted(typed, meant):
    assert with_scheme(typed) == meant
