"""Every screen, in both languages and all sizes: named, reachable by keys, nothing cut."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit

from desktop.services.preferences import TEXT_SIZES
from tests.helpers import walking
from tests.helpers.real_window import real_window, settle

PLACES = {
    "customers": {},
    "sync": {},
    "sync to settle": {"tab": "to_settle"},
    "mailings": {},
    "import": {},
    "settings": {},
}
SIZES = ((1366, 768), (1366, 690), (1093, 550), (910, 460))


@pytest.fixture(scope="module")
def opened(request, tmp_path_factory, qapp):
    """One window for all tests here: opening it anew each time would take a minute."""
    from pytestqt.qtbot import QtBot

    qtbot = QtBot(request)
    with real_window(qtbot, tmp_path_factory.mktemp("reach")) as (window, portfolio):
        yield window, portfolio
        window.preferences.change(language="auto", theme="auto", text_size=1.0)
        window.dress(window.preferences.current)


def go(qtbot, opened, place, size=(1366, 768), **preferences):
    window, _ = opened
    window.preferences.change(**preferences)
    window.dress(window.preferences.current)
    window.window.resize(*size)
    window.session.desk.close_panel()
    window.session.desk.go(place.split()[0], **PLACES[place])
    settle(qtbot, window.session)
    return window.window


@pytest.mark.parametrize("place", PLACES)
def test_every_control_has_a_name_and_a_key_reaches_it(qtbot, opened, place):
    window = go(qtbot, opened, place, language="en", text_size=1.0)
    assert walking.unnamed(window) == []
    assert walking.unreachable(window) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_cut_at_any_size(qtbot, opened, place, language):
    found = {}
    for size in SIZES:
        window = go(qtbot, opened, place, size, language=language, text_size=1.0)
        if wrong := walking.cut(window) + walking.beyond(window):
            found[size] = wrong
    assert found == {}


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_cut_in_the_largest_type(qtbot, opened, place):
    window = go(qtbot, opened, place, language="en", text_size=TEXT_SIZES[-1])
    assert walking.cut(window) == []


@pytest.mark.parametrize("place", PLACES)
def test_tab_goes_round_without_getting_stuck(qtbot, opened, place):
    window = go(qtbot, opened, place, language="en", text_size=1.0)
    seen = []
    for _ in range(200):
        here = QApplication.focusWidget()
        if here in seen and here is seen[0]:
            break
        seen.append(here)
        qtbot.keyClick(here or window, Qt.Key.Key_Tab)
    assert len(set(seen)) >= 5
    assert len(seen) < 200


@pytest.mark.parametrize("place", PLACES)
def test_chinese_is_composed_in_every_field(qtbot, opened, place):
    """What is being composed is no text yet; what is committed is."""
    window = go(qtbot, opened, place, language="zh", text_size=1.0)
    for field in walking.shown(window):
        if not isinstance(field, QLineEdit | QPlainTextEdit) or not field.isEnabled():
            continue
        if isinstance(field.parentWidget(), QComboBox) or field.isReadOnly():
            continue
        before = _text(field)
        field.setFocus()
        QApplication.sendEvent(field, QInputMethodEvent("zhao", []))
        assert _text(field) == before
        committed = QInputMethodEvent("", [])
        committed.setCommitString("赵")
        QApplication.sendEvent(field, committed)
        assert "赵" in _text(field)
        _clear(field, before)


def _text(field):
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


def _clear(field, before):
    field.setText(before) if isinstance(field, QLineEdit) else field.setPlainText(before)
