"""One window for each profile: a second start raises the first one.

Speaks through a local socket that only this user can open. Nothing is read from whoever connects:
to connect is the whole message. A lock in the profile tells two starts at one instant apart.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, Signal, Slot

from crm.domain.errors import Refused
from desktop.services.private_files import make_private_folder

if TYPE_CHECKING:  # the window's first picture does not wait for the network module
    from PySide6.QtNetwork import QLocalServer

log = logging.getLogger(__name__)

WAIT_MS = 2000  # for a first window that is just starting, or just ending
PAUSE_MS = 50
LONGEST_SOCKET = 90  # bytes of a path; systems allow 104 to 108


class SingleWindow(QObject):
    """The one window of a profile, or the one that found that there is one already."""

    raise_requested = Signal()  # somebody started the program again for this profile

    def __init__(self, profile: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._profile = profile
        self._lock = QLockFile(str(profile / "window.lock"))
        self._lock.setStaleLockTime(0)  # stale when its process is gone, at whatever age
        self._server: QLocalServer | None = None

    def first(self) -> bool:
        """Return True for the first window; False when another was told to come up: then exit.

        Where a lock cannot be had and nobody answers either, the window opens: rather two than
        none, and the replica has a lock of its own. Waits for 2 s at most. The first one calls
        `listen` once it is there to be raised.
        """
        self._take_back()
        deadline = QDeadlineTimer(WAIT_MS)
        while self._can_lock() and not deadline.hasExpired():
            if self._lock.tryLock(PAUSE_MS):
                return True
            if _tell(socket_name(self._profile)):
                return False
        log.warning("no lock, and no first window that answers")
        return True

    def close(self) -> None:
        """Let the next start be the first one."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    @contextmanager
    def stepped_aside(self) -> Iterator[None]:
        """Let a process that the block starts be the first one; where that fails, be it again."""
        self.close()
        try:
            yield
        except OSError:
            if self._can_lock() and self._lock.tryLock(PAUSE_MS):  # nobody has begun meanwhile
                self.listen()
            raise

    def _take_back(self) -> None:
        """Remove a lock in the name of this very process: ours, from before it began anew.

        Another program's of that number is not removed: it holds the file.
        """
        if self._lock.getLockInfo()[0] == os.getpid():
            self._lock.removeStaleLockFile()

    def _can_lock(self) -> bool:
        try:
            make_private_folder(self._profile)
        except (OSError, Refused):
            return False
        usual = (QLockFile.LockError.NoError, QLockFile.LockError.LockFailedError)
        return self._lock.error() in usual

    def listen(self) -> None:
        """Hear second starts from now on."""
        from PySide6.QtNetwork import QLocalServer

        name = socket_name(self._profile)
        QLocalServer.removeServer(name)  # of a process that was killed: we have the lock
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._greet)
        if not self._server.listen(name):
            log.warning("a second start will not raise this window")

    @Slot()
    def _greet(self) -> None:
        while self._server is not None and self._server.hasPendingConnections():
            caller = self._server.nextPendingConnection()
            caller.disconnected.connect(caller.deleteLater)
            caller.disconnectFromServer()
            self.raise_requested.emit()


def _tell(name: str) -> bool:
    """Connect to the first window, which hangs up when it has seen that."""
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(name)
    if not socket.waitForConnected(PAUSE_MS):
        return False
    if socket.state() == QLocalSocket.LocalSocketState.ConnectedState:
        socket.waitForDisconnected(10 * PAUSE_MS)  # one that is busy sees it later
    return True


def socket_name(profile: Path) -> str:
    """Return where the socket of a profile is: in its folder, where the path is short enough."""
    import hashlib
    import tempfile

    inside = profile.resolve() / "window.socket"
    short = hashlib.sha256(os.fsencode(inside)).hexdigest()[:16]
    if sys.platform == "win32":
        return f"yizhan-{short}"  # a pipe
    if len(os.fsencode(inside)) <= LONGEST_SOCKET:
        return str(inside)
    return str(Path(tempfile.gettempdir()) / f"yizhan-{short}")
