"""Hears from the system that the session was locked or the laptop goes to sleep.

On Linux from logind over the system's message bus, which also waits for us before it sleeps, some
seconds at most. It is asked without waiting: one that hangs keeps nobody from working.
Where there is no logind, the idle time locks, and the first key after a long sleep.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusObjectPath,
    QDBusPendingCallWatcher,
    QDBusUnixFileDescriptor,
)
from PySide6.QtWidgets import QWidget

SERVICE = "org.freedesktop.login1"
MANAGER_PATH, MANAGER = "/org/freedesktop/login1", f"{SERVICE}.Manager"
SESSION, PROPERTIES = f"{SERVICE}.Session", "org.freedesktop.DBus.Properties"
AUTO = "auto"  # the session of whoever asks
WHY = "locks and clears its memory"  # the system shows it to whoever asks what it waits for

log = logging.getLogger(__name__)


class Watcher(Protocol):
    """What a session holds while it is unlocked."""

    def let_sleep(self) -> None:
        """Everything is locked: the system need not wait any longer."""

    def deleteLater(self) -> None: ...


class LogindWatcher(QObject):
    """Emits `wanted` when the session is locked or the laptop is about to sleep."""

    wanted = Signal()

    def __init__(self, bus: QDBusConnection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bus = bus
        self._delay: QDBusUnixFileDescriptor | None = None  # held: the system waits for us
        self._ended = False
        self._asked: set[QDBusPendingCallWatcher] = set()
        self._hear(MANAGER_PATH, MANAGER, "PrepareForSleep", SLOT("sleeping(bool)"))
        self._ask("Inhibit", ["sleep", "Yizhan", WHY, "delay"], self._delayed)
        self._ask("GetSession", [os.environ.get("XDG_SESSION_ID") or AUTO], self._in_session)

    def let_sleep(self) -> None:
        """Give the delay back; one that is still asked for is given back when it comes."""
        self._delay, self._ended = None, True

    # -- what is heard -----------------------------------------------------------

    @Slot(bool)
    def sleeping(self, begins: bool) -> None:
        if begins:
            self.wanted.emit()

    @Slot()
    def locked(self) -> None:
        self.wanted.emit()

    @Slot(str, "QVariantMap", "QStringList")
    def changed(self, interface: str, values: dict[str, object], _: list[str]) -> None:
        """A desktop that locks its screen by itself says so in a property."""
        if interface == SESSION and values.get("LockedHint") is True:
            self.wanted.emit()

    # -- asking ------------------------------------------------------------------

    def _hear(self, path: str, interface: str, name: str, slot: str) -> None:
        self._bus.connect(SERVICE, path, interface, name, self, slot)  # type: ignore[call-overload]

    def _ask(self, name: str, words: list[object], then: Callable[[QDBusMessage], object]) -> None:
        message = QDBusMessage.createMethodCall(SERVICE, MANAGER_PATH, MANAGER, name)
        message.setArguments(words)
        watcher = QDBusPendingCallWatcher(self._bus.asyncCall(message), self)
        self._asked.add(watcher)

        def answered() -> None:
            self._asked.discard(watcher)
            then(watcher.reply())
            watcher.deleteLater()

        watcher.finished.connect(answered)

    def _delayed(self, reply: QDBusMessage) -> None:
        given = _first(reply)
        if isinstance(given, QDBusUnixFileDescriptor) and not self._ended:
            self._delay = given
        elif not self._ended:
            log.info("the system does not wait for us before it sleeps")

    def _in_session(self, reply: QDBusMessage) -> None:
        given = _first(reply)
        if not isinstance(given, QDBusObjectPath):
            log.info("no session of the system that could be locked")
            return
        self._hear(given.path(), SESSION, "Lock", SLOT("locked()"))
        changed = SLOT("changed(QString,QVariantMap,QStringList)")
        self._hear(given.path(), PROPERTIES, "PropertiesChanged", changed)


def _first(reply: QDBusMessage) -> object:
    """Return the one value of a reply; None for an error."""
    good = reply.type() == QDBusMessage.MessageType.ReplyMessage
    return next(iter(reply.arguments()), None) if good else None


def watch_system(
    window: QWidget, lock: Callable[[], None], bus: QDBusConnection | None = None
) -> Watcher | None:
    """Watch for as long as a profile is unlocked; None where the system says nothing."""
    if sys.platform == "win32":
        from desktop.views.shell.windows_lock import WindowsWatcher

        return WindowsWatcher(window, lock)
    bus = bus or QDBusConnection.systemBus()
    if not bus.isConnected():
        log.info("no message bus of the system")
        return None
    watcher = LogindWatcher(bus, window)
    watcher.wanted.connect(lock)
    return watcher
