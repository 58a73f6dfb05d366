"""Hears from Windows that the session was locked or the computer goes to sleep. Not run yet.

Messages by their numbers of winuser.h and wtsapi32.h. Windows gives a program about two
seconds when it sleeps, and is not asked to wait: it cannot be.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

from PySide6.QtCore import QAbstractNativeEventFilter, QByteArray, QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

WM_POWERBROADCAST, PBT_APMSUSPEND = 0x0218, 0x0004
WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK = 0x02B1, 0x0007
TOLD = frozenset({(WM_POWERBROADCAST, PBT_APMSUSPEND), (WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK)})


class _Message(ctypes.Structure):
    """MSG of winuser.h, as far as it is read."""

    _fields_ = (
        ("window", ctypes.c_void_p),
        ("message", ctypes.c_uint),
        ("word", ctypes.c_size_t),
        ("long", ctypes.c_ssize_t),
    )


class _Filter(QAbstractNativeEventFilter):
    def __init__(self, lock: Callable[[], None]) -> None:
        super().__init__()
        self._lock = lock

    def nativeEventFilter(
        self, kind: QByteArray | bytes | bytearray | memoryview, message: int
    ) -> object:
        if kind == b"windows_generic_MSG" and tells(int(message)):
            self._lock()
        return False, 0


def tells(address: int) -> bool:
    """Tell whether the message at an address says that the session locks or sleeps."""
    given = _Message.from_address(address)
    return (given.message, given.word) in TOLD


class WindowsWatcher(QObject):
    """Fills `system_lock.Watcher`."""

    def __init__(self, window: QWidget, lock: Callable[[], None]) -> None:
        super().__init__(window)
        self._filter = _Filter(lock)
        self._handle = int(window.winId())
        application = QCoreApplication.instance()
        if application is not None:
            application.installNativeEventFilter(self._filter)
        if sys.platform == "win32":
            ctypes.windll.wtsapi32.WTSRegisterSessionNotification(self._handle, 0)

    def let_sleep(self) -> None:
        """Hear no more; Windows does not wait anyway."""
        application = QCoreApplication.instance()
        if application is not None:
            application.removeNativeEventFilter(self._filter)
        if sys.platform == "win32":
            ctypes.windll.wtsapi32.WTSUnRegisterSessionNotification(self._handle)
