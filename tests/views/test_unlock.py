"""The unlock page tries a passphrase, says why it was refused, and never shows a customer."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from crm.domain.errors import Locked
from desktop.jobs.desk import Jobs
from desktop.services.greeting import Greeting, read_greeting, write_greeting
from desktop.views.theme.look import look, wear
from desktop.views.unlock.page import UnlockPage
from desktop.views.unlock.presenter import UnlockPresenter
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.offices import FakeStation, an_office

WRONG = Locked("vault.passphrase.wrong")


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path)
    yield made
    made.replica.close()


@pytest.fixture
def door(qtbot, laptop):
    """(page, presenter, station)"""
    page, jobs = UnlockPage(), Jobs()
    qtbot.addWidget(page)
    station = FakeStation(an_office(laptop), refusal=WRONG)
    presenter = UnlockPresenter(page, station, jobs)
    page.show()
    yield page, presenter, station
    assert jobs.close()


def test_enter_in_the_field_unlocks(qtbot, door):
    page, presenter, station = door
    qtbot.keyClicks(page.passphrase.line, "right words")
    with qtbot.waitSignal(presenter.unlocked, timeout=10_000):
        qtbot.keyClick(page.passphrase.line, Qt.Key.Key_Return)
    assert station.tried == ["right words"]
    assert page.passphrase.text() == ""


def test_a_wrong_passphrase_is_told_beside_the_field_and_emptied(qtbot, door):
    page, _, _ = door
    page.passphrase.set_text("something else")
    page.button.click()
    qtbot.waitUntil(page.passphrase.has_problem, timeout=10_000)
    assert page.passphrase.text() == ""
    assert page.button.isEnabled()
    assert page.passphrase.line.accessibleDescription()


def test_an_empty_field_asks_for_the_passphrase_without_trying(qtbot, door):
    page, _, station = door
    page.button.click()
    assert page.passphrase.has_problem()
    assert station.tried == []


def test_an_unexpected_error_gives_the_page_back(qtbot, door, laptop):
    page, presenter, station = door
    station._refusal = ZeroDivisionError()
    page.passphrase.set_text("x")
    with qtbot.waitSignal(presenter.fault, timeout=10_000):
        page.button.click()
    assert page.button.isEnabled()


def test_the_passphrase_is_hidden_until_it_is_asked_for(qtbot, door):
    page, _, _ = door
    line = page.passphrase.line
    assert line.echoMode() == line.EchoMode.Password
    line.actions()[-1].trigger()
    assert line.echoMode() == line.EchoMode.Normal


def test_a_passphrase_that_was_shown_is_typed_unseen_the_next_time(qtbot, door):
    page, presenter, _ = door
    line = page.passphrase.line
    line.actions()[-1].trigger()
    page.passphrase.set_text("right words")
    with qtbot.waitSignal(presenter.unlocked, timeout=10_000):
        page.button.click()
    assert line.echoMode() == line.EchoMode.Password


def test_the_letters_that_are_typed_tell_whether_caps_lock_is_on(qtbot, door):
    page, _, _ = door
    line, told = page.passphrase.line, page._caps.text
    qtbot.keyClick(line, Qt.Key.Key_CapsLock)
    assert told() == ""  # it may have been on before
    qtbot.keyClick(line, "A")
    assert "Caps Lock" in told()
    qtbot.keyClick(line, Qt.Key.Key_1)
    assert "Caps Lock" in told()
    qtbot.keyClick(line, Qt.Key.Key_CapsLock)
    assert told() == ""
    qtbot.keyClick(line, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert "Caps Lock" in told()  # Shift and a small letter


@pytest.mark.parametrize("size", [1.0, 1.29])
def test_a_low_window_leaves_its_room_to_the_field_and_the_reason_of_a_refusal(qtbot, door, size):
    page, _, _ = door
    before = look()
    try:
        wear(QApplication.instance(), replace(before, text_size=size))
        page.greet(Greeting(name="李晓梅", branch="石湾支局", role="manager", waiting=12))
        page.refuse("Wrong passphrase. 2 more tries before a 30 s wait.")
        page.resize(910, 460)
        qtbot.waitUntil(lambda: not page._stamp.isVisible(), timeout=5_000)
        QApplication.processEvents()
        for widget in (page.passphrase.line, page.button):
            assert widget.height() >= widget.sizeHint().height()
        assert walking.cut(page) == []
    finally:
        wear(QApplication.instance(), before)


def test_the_greeting_comes_back_as_it_was_kept(tmp_path):
    kept = Greeting(name="李晓梅", branch="石湾支局", role="manager", waiting=12, practice=True)
    write_greeting(tmp_path, kept)
    assert read_greeting(tmp_path) == kept


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"name": 1}'])
def test_a_greeting_that_makes_no_sense_is_none(tmp_path, content):
    (tmp_path / "greeting.json").write_bytes(content)
    assert read_greeting(tmp_path) == Greeting()


@pytest.mark.parametrize("waiting", ["Infinity", "1e999", "99999999999999999999", "-1"])
def test_a_greeting_with_an_impossible_number_keeps_nobody_out(tmp_path, waiting):
    fields = f'"name": "x", "branch": "", "role": "", "practice": false, "waiting": {waiting}'
    (tmp_path / "greeting.json").write_text(f"{{{fields}}}")
    assert 0 <= read_greeting(tmp_path).waiting <= 1_000_000


def test_a_wait_is_counted_down_in_words_and_ends_by_itself(qtbot, door, monkeypatch):
    """No test sleeps: the presenter's clock is moved by hand."""
    from desktop.views.unlock import presenter as module

    page, presenter, station = door
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    station.waits_s = 90
    presenter.show()
    qtbot.waitUntil(lambda: page.waiting == 90, timeout=10_000)
    assert "1:30" in page.passphrase.line.accessibleDescription()
    assert not page.button.isEnabled()
    assert not page.passphrase.line.isEnabled()
    now[0] += 75.5
    presenter._count()
    assert "0:15" in page.passphrase.line.accessibleDescription()
    station.waits_s = 0
    now[0] += 15
    presenter._count()
    assert page.waiting == 0
    assert page.button.isEnabled()
    assert not page.passphrase.has_problem()


def test_a_refusal_that_says_to_wait_begins_to_count(qtbot, laptop):
    page, jobs = UnlockPage(), Jobs()
    qtbot.addWidget(page)
    station = FakeStation(an_office(laptop), refusal=Locked("vault.wait", seconds=1800))
    UnlockPresenter(page, station, jobs)
    page.show()
    page.passphrase.set_text("something else")
    page.button.click()
    qtbot.waitUntil(lambda: page.waiting > 0, timeout=10_000)
    assert "30:00" in page.passphrase.line.accessibleDescription()
    assert page.forgot.isEnabled()  # the way for whoever has forgotten it
    assert jobs.close()


def test_the_wait_after_one_wrong_try_too_many_is_asked_for_at_once(qtbot, door):
    page, _, station = door
    station.waits_s = 30
    page.passphrase.set_text("something else")
    page.button.click()
    qtbot.waitUntil(lambda: page.waiting == 30, timeout=10_000)
    assert not page.button.isEnabled()


def test_a_wait_that_another_program_lengthened_goes_on(qtbot, door, monkeypatch):
    from desktop.views.unlock import presenter as module

    page, presenter, station = door
    now = [100.0]
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: now[0]))
    station.waits_s = 30
    presenter.show()
    qtbot.waitUntil(lambda: page.waiting == 30, timeout=10_000)
    station.waits_s = 60
    now[0] += 30
    presenter._count()
    qtbot.waitUntil(lambda: page.waiting == 60, timeout=10_000)
