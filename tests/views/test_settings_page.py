"""Settings act at once, are found by words, and a report of them names nobody."""

from __future__ import annotations

import stat
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.jobs.desk import Jobs
from desktop.services.preferences import PreferenceFile, Preferences
from desktop.views.settings import words
from desktop.views.settings.input_method import SYSTEM, InputMethod, input_method
from desktop.views.settings.page import SettingsPage
from desktop.views.settings.presenter import SettingsPresenter
from desktop.views.settings.report import report_text
from desktop.views.settings.screen import make
from desktop.views.shell.desk import Desk
from desktop.views.shell.keys import KEYS
from desktop.views.shell.session import Session
from desktop.views.shell.window import Window
from tests.helpers.fakes import Laptop
from tests.helpers.offices import FakeStation, an_office

FOUND = {
    "healthy": False,
    "checks": {
        "versions": {"good": True, "yizhan": "1.0.0", "system": "Linux 6"},
        "clock": {"good": False, "ahead_of_server_s": 300.0, "remedy": "Set the clock."},
    },
}


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path)
    yield made
    made.replica.close()


@pytest.fixture
def desk(qapp, laptop):
    jobs = Jobs()
    office = an_office(laptop, examine=lambda: FOUND)
    made = Desk(office, jobs, PreferenceFile(laptop.folder))
    yield made
    assert jobs.close()


@pytest.fixture
def page(qtbot, desk, tmp_path):
    """The page as it is shown; a file that is asked for is report.txt."""
    made = SettingsPage()
    qtbot.addWidget(made)
    file = str(tmp_path / "report.txt")
    SettingsPresenter(made, desk, lambda parent, name, then: then(file))
    made.resize(1270, 690)
    made.show()
    made.enter({})
    qtbot.waitUntil(lambda: not made._to_add, timeout=5_000)
    return made


def test_a_choice_is_stored_at_once(page, laptop):
    display, lock = page.sections["display"], page.sections["lock"]
    display.text_size.button("1.14").click()
    lock.after.button("2").click()
    page.sections["sync"].auto.click()
    page.sections["printing"].language.button("en").click()
    stored = PreferenceFile(laptop.folder).current
    assert stored == Preferences(
        text_size=1.14,
        lock_after_min=2,
        auto_sync=False,
        print_language="en",
    )


def test_a_preference_that_is_changed_elsewhere_shows_here(page, desk):
    desk.prefer(auto_sync=False, theme="dark")
    assert not page.sections["sync"].auto.isChecked()
    assert page.sections["display"].theme.key() == "dark"


def test_the_page_tells_what_this_computer_is(qtbot, page):
    lines = page.aside.lines
    qtbot.waitUntil(lambda: "0 customers" in lines["customers"].accessibleName(), timeout=5_000)
    assert lines["person"].accessibleName().endswith("李晓梅")


def test_a_search_leaves_the_rows_that_have_the_words(qtbot, page):
    page.nav.search.setText("CLIPBOARD")
    shown = [key for key, section in page.sections.items() if section.isVisible()]
    assert shown == ["lock"]
    assert [row.isVisible() for row in page.sections["lock"].rows].count(True) == 1
    assert [key for key, item in page.nav.items.items() if item.isVisible()] == ["lock"]
    page.nav.search.setText("no such words")
    assert not any(section.isVisible() for section in page.sections.values())
    assert page.back()
    assert all(section.isVisible() for section in page.sections.values())


def test_a_key_is_found_by_what_it_does_and_by_its_name(page):
    table = page.keys.table.model()
    for query in ("f6", "part of the window"):
        page.nav.search.setText(query)
        assert page.keys.isVisible()
        assert table.rowCount() == 2  # there and back
    page.nav.search.clear()
    assert table.rowCount() == len(words.keys())


def test_every_key_of_the_window_is_explained():
    told = " ".join(words.keys())
    assert [key for key in KEYS.values() if key not in told] == []


def test_a_section_that_is_asked_for_stands_at_the_top_of_a_page_that_is_new(qtbot, stalls, desk):
    with stalls.left_out():
        page = SettingsPage()
        qtbot.addWidget(page)
    page.resize(1270, 690)
    page.show()
    page.enter({"section": "keys"})

    def at_the_top():
        return 0 <= page.keys.mapTo(page, page.keys.rect().topLeft()).y() < 60

    qtbot.waitUntil(at_the_top, timeout=5_000)
    qtbot.waitUntil(lambda: not page._arriving.isActive(), timeout=5_000)
    assert at_the_top()
    assert page.nav.items["keys"].isChecked()


def test_a_section_that_is_asked_for_stands_at_the_top(qtbot, page):
    page.enter({"section": "keys"})

    def at_the_top():
        top = page.keys.mapTo(page, page.keys.rect().topLeft()).y()
        return page.nav.items["keys"].isChecked() and 0 <= top < 60

    qtbot.waitUntil(at_the_top, timeout=5_000)


@pytest.mark.parametrize("width", [1274, 814])
def test_the_diagnostics_stand_beside_the_sections_only_where_there_is_room(qtbot, page, width):
    """814 pixels are left of a window of 1366 while the panel of the passphrase is open."""
    page.resize(width, 640)
    page.show()
    card, aside = page.sections["display"], page.aside

    def right(part):
        return part.mapTo(page, part.rect().topRight()).x()

    qtbot.waitUntil(lambda: right(aside) < width and card.isVisible())
    beside = aside.mapTo(page, aside.rect().topLeft()).x() > right(card)
    assert beside == (width == 1274)


def test_diagnostics_are_told_in_words_with_the_remedy_and_mark_their_section(qtbot, page):
    page.about.examine.click()
    qtbot.waitUntil(lambda: bool(page.about.findings.told), timeout=5_000)
    first = page.about.findings.told[0]
    assert (first.name, first.good, first.remedy) == ("Clock", False, "Set the clock.")
    assert "Clock" in page.nav.items["about"].attention()
    assert page.about.examine.isEnabled()


def test_the_report_is_saved_for_its_owner_only(qtbot, page, desk, tmp_path):
    with qtbot.waitSignal(desk.toast_wanted, timeout=5_000):
        page.aside.save.click()
    saved = tmp_path / "report.txt"
    assert "[look] clock" in saved.read_text(encoding="ascii")
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600


def test_a_report_names_nobody_whatever_the_facts_hold(tmp_path):
    facts = {
        "good": False,
        "folder": f"{tmp_path}/x",
        "odd": "李晓梅 15400000000",
        "what": "李晓梅",
    }
    now = datetime(2026, 3, 18, tzinfo=UTC)
    text = report_text({"checks": {"profile": facts}}, Preferences(), tmp_path, now)
    assert "folder: PROFILE/x" in text
    assert "李" not in text
    assert "15400000000" not in text


@pytest.mark.parametrize(
    ("asked", "platform", "found"),
    [
        ("ibus", "xcb", InputMethod("ibus", True)),
        ("fcitx", "xcb", InputMethod("fcitx", False)),
        ("", "xcb", InputMethod("compose", False)),
        ("", "wayland", InputMethod(SYSTEM, True)),
        ("", "windows", InputMethod(SYSTEM, True)),
    ],
)
def test_an_input_method_that_qt_cannot_reach_is_noticed(asked, platform, found):
    environment = {"QT_IM_MODULE": asked} if asked else {}
    assert input_method(environment, platform, {"ibus", "compose"}) == found


def test_an_input_method_that_does_not_answer_gets_the_advice(page):
    page.keys.show_input(InputMethod("fcitx", False))
    assert "QT_IM_MODULE=ibus" in page.keys.rows[0].words()


def test_f1_opens_the_settings_at_the_keys(qtbot, laptop):
    def elsewhere(desk):
        made = SettingsPage()
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return made

    window = Window()
    qtbot.addWidget(window)
    screens = {"customers": elsewhere, "settings": make}
    station = FakeStation(an_office(laptop))
    session = Session(window, station, PreferenceFile(laptop.folder), screens, lambda *_: window)
    session.begin()
    window.show()
    qtbot.waitExposed(window)
    session.unlock_page.passphrase.set_text("right words")
    with qtbot.waitSignal(session.opened, timeout=10_000):
        session.unlock_page.button.click()
    qtbot.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_F1)
    shown = session.workspace.screen_named("settings")
    qtbot.waitUntil(shown.nav.items["keys"].isChecked, timeout=5_000)
    assert session.workspace.current() is shown
    session.close()
