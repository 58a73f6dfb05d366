"""The way back in for who forgot the passphrase: asks, shows digits, and unlocks at the end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtWidgets import QApplication

from crm.domain.errors import Refused
from desktop.jobs.desk import Jobs
from desktop.services.greeting import Greeting
from desktop.views.theme.look import look, wear
from desktop.views.unlock.page import UnlockPage
from desktop.views.unlock.presenter import UnlockPresenter
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.offices import FakeStation, an_office

NEW = "换过的新口令-77"


class Door:
    """An unlock page in a window, on whose link somebody clicked."""

    def __init__(self, qtbot, laptop):
        self.page, self.jobs, self.qtbot = UnlockPage(), Jobs(), qtbot
        qtbot.addWidget(self.page)
        self.station = FakeStation(an_office(laptop), refusal=Refused("enrol.login"))
        self.presenter = UnlockPresenter(self.page, self.station, self.jobs)
        self.page.resize(1366, 690)
        self.page.show()

    def forget(self):
        self.page.forgot.click()
        return self.page.recovery

    def fill(self, **given):
        usual = {"login": "lihua", "password": "right password", "passphrase": NEW, "again": NEW}
        for name, text in (usual | given).items():
            self.page.recovery.fields[name].set_text(text)
        self.page.recovery.button.click()

    def ask(self):
        self.forget()
        self.fill()
        self.until(self.page.recovery.code.isVisible)

    def look_again(self, *states, passphrase=NEW):
        self.station.states += states
        self.page.recovery.chosen.set_text(passphrase)
        self.page.recovery.button.click()
        self.until(lambda: self.jobs.idle() and self.page.recovery.button.isEnabled())

    def until(self, done):
        self.qtbot.waitUntil(done, timeout=10_000)


@pytest.fixture
def door(qtbot, tmp_path):
    laptop = Laptop(tmp_path)
    made = Door(qtbot, laptop)
    yield made
    assert made.jobs.close()
    laptop.replica.close()


def test_the_digits_are_shown_once_the_server_has_taken_the_request(door):
    door.ask()
    card = door.page.recovery
    assert card.code.text() == "042 117"
    assert card.code.accessibleName().endswith("042 117")
    (given,) = door.station.forgot
    assert (given.login, given.passphrase) == ("lihua", NEW)
    assert [field.text() for field in card.fields.values()] == [""] * 4, "nothing typed stays"


def test_what_is_missing_is_said_beside_its_field_before_anybody_is_asked(door):
    card = door.forget()
    door.fill(login=" ", again="something else")
    assert card.fields["login"].has_problem()
    assert card.fields["again"].has_problem()
    assert not card.fields["password"].has_problem()
    door.fill(passphrase="short", again="short")
    assert card.fields["passphrase"].has_problem()
    assert door.station.forgot == []


def test_the_server_that_is_told_the_password_is_named(door):
    assert "https://crm.example" in door.forget().server.text()


def test_a_refusal_of_the_server_is_said_and_what_was_typed_stays(door):
    card = door.forget()
    door.fill(password="wrong password")
    door.until(lambda: bool(card.note.text()))
    assert card.button.isEnabled()
    assert card.fields["login"].text() == "lihua"


def test_an_approved_request_unlocks_the_window_by_the_new_passphrase(door):
    door.ask()
    with door.qtbot.waitSignal(door.presenter.unlocked, timeout=10_000):
        door.look_again("recovered")
    assert door.station.tried == [NEW]
    assert door.page.recovery.isHidden()
    assert door.page.recovery.chosen.text() == ""


def test_who_waits_is_told_so_and_can_look_again_after_a_restart(door):
    door.ask()
    door.look_again("waiting")
    card = door.page.recovery
    assert card.note.text()
    assert not card.chosen.has_problem()
    card.back.click()
    assert card.isHidden()
    assert door.page.passphrase.isVisible()
    door.forget()
    assert card.code.text() == "042 117"


@pytest.mark.parametrize("state", ["refused", "superseded", "expired"])
def test_a_request_that_came_to_its_end_says_why_and_can_be_asked_anew(door, state):
    door.ask()
    door.look_again(state)
    card = door.page.recovery
    assert card.note.text()
    assert card.fields["login"].isVisible()
    door.fill()
    door.until(card.code.isVisible)


def test_a_wrong_passphrase_is_told_beside_the_field(door):
    door.ask()
    door.look_again(passphrase="not what was chosen")
    assert door.page.recovery.chosen.has_problem()
    assert door.page.recovery.code.isVisible()


def test_locking_again_shows_the_usual_card(door):
    door.ask()
    door.presenter.show()
    assert door.page.recovery.isHidden()
    assert door.page.button.isVisible()


@pytest.mark.parametrize("size", [1.0, 1.29])
def test_a_low_window_shows_every_field_of_it_whole(door, size):
    before = look()
    try:
        wear(QApplication.instance(), replace(before, text_size=size))
        door.page.greet(Greeting(name="李晓梅", branch="石湾支局", role="manager", waiting=12))
        door.page.resize(910, 460)
        card = door.forget()
        QApplication.processEvents()
        for widget in (*(field.line for field in card.fields.values()), card.button, card.back):
            assert widget.height() >= widget.sizeHint().height()
        assert walking.cut(door.page) == []
        if size == 1.0:
            assert door.page.minimumSizeHint().height() <= 460
    finally:
        wear(QApplication.instance(), before)


def test_a_wait_that_ends_takes_no_letter_from_who_types_in_the_card(qtbot, door):
    """The passphrase's field is hidden then: a password must not go into it."""
    door.page.activateWindow()
    door.page.show_wait(30)
    typed = door.forget().fields["password"]
    typed.focus()
    door.until(typed.line.hasFocus)
    door.page.show_wait(0)
    assert typed.line.hasFocus()
