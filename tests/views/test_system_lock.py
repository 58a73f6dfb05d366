"""The window locks with the session and before the laptop sleeps, and lets it sleep after that."""

from __future__ import annotations

import ctypes
import os

import pytest
from PySide6.QtCore import QByteArray
from PySide6.QtDBus import QDBusConnection
from PySide6.QtWidgets import QWidget

from desktop.views.shell import windows_lock
from desktop.views.shell.system_lock import watch_system
from tests.helpers.logind import logind
from tests.helpers.screen import missing_programs

needs_bus = pytest.mark.skipif(
    "dbus-daemon" in missing_programs() and os.environ.get("CI") != "true",
    reason="not installed: dbus-daemon",
)


@pytest.fixture
def system(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_SESSION_ID", raising=False)
    with logind(tmp_path) as running:
        yield running


@pytest.fixture
def watched(qtbot, system):
    """(logind, watcher, what asked to lock); the system waits for us."""
    window, asked = QWidget(), []
    qtbot.addWidget(window)
    bus = QDBusConnection.connectToBus(system.address, system.address)
    watcher = watch_system(window, lambda: asked.append("lock"), bus)
    qtbot.waitUntil(lambda: system.delays() == 1, timeout=10_000)
    qtbot.waitUntil(lambda: not watcher._asked, timeout=10_000)
    yield system, watcher, asked
    QDBusConnection.disconnectFromBus(system.address)


@needs_bus
def test_the_laptop_waits_with_its_sleep_until_everything_is_locked(qtbot, watched):
    system, watcher, asked = watched
    assert [(what, who, mode) for what, who, _, mode in system.inhibited] == [
        ("sleep", "Yizhan", "delay")
    ]
    system.sleep(begins=True)
    qtbot.waitUntil(lambda: asked == ["lock"], timeout=10_000)
    assert system.delays() == 1
    watcher.let_sleep()
    qtbot.waitUntil(lambda: system.delays() == 0, timeout=10_000)


@needs_bus
def test_waking_up_locks_nothing(qtbot, watched):
    system, _, asked = watched
    system.sleep(begins=False)
    system.lock()
    qtbot.waitUntil(lambda: asked != [], timeout=10_000)
    assert asked == ["lock"]  # by the second


@needs_bus
def test_the_session_that_locks_locks_us_and_another_one_does_not(qtbot, watched):
    system, _, asked = watched
    system.lock("c3")
    system.hint(locked=False)
    system.lock()
    qtbot.waitUntil(lambda: asked != [], timeout=10_000)
    assert asked == ["lock"]


@needs_bus
def test_a_desktop_that_locks_its_screen_by_itself_locks_us(qtbot, watched):
    system, _, asked = watched
    system.hint(locked=True)
    qtbot.waitUntil(lambda: asked == ["lock"], timeout=10_000)


def test_without_a_message_bus_there_is_nobody_to_hear(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    nobody = QDBusConnection.connectToBus("unix:path=/nowhere", "nobody")
    assert watch_system(window, lambda: None, nobody) is None


@pytest.mark.parametrize(
    ("message", "word", "locks"),
    [
        (0x0218, 4, True),
        (0x02B1, 7, True),
        (0x02B1, 8, False),
        (0x0218, 7, False),
        (0x0100, 4, False),
    ],
)
def test_of_windows_messages_only_lock_and_sleep_lock(message, word, locks):
    given, asked = windows_lock._Message(None, message, word, 0), []
    listening = windows_lock._Filter(lambda: asked.append("lock"))
    kind = QByteArray(b"windows_generic_MSG")
    assert listening.nativeEventFilter(kind, ctypes.addressof(given)) == (False, 0)
    assert bool(asked) is locks
