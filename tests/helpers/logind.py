"""A small logind on a message bus of its own: sessions that lock, a machine that goes to sleep.

Speaks what `org.freedesktop.login1` of systemd speaks, as far as we ask it; hand-written, so that
no test needs the system's own. It knows one session, "c2".
"""

from __future__ import annotations

import os
import select
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jeepney import (
    DBusAddress,
    HeaderFields,
    Message,
    MessageType,
    new_error,
    new_method_return,
    new_signal,
)
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection

from tests.helpers.screen import program
from tests.helpers.secret_service import BUS

SERVICE, SESSION = "org.freedesktop.login1", "c2"
MANAGER = DBusAddress("/org/freedesktop/login1", SERVICE, f"{SERVICE}.Manager")
SEAT = DBusAddress(f"/org/freedesktop/login1/session/{SESSION}", SERVICE, f"{SERVICE}.Session")
PROPERTIES = DBusAddress(SEAT.object_path, SERVICE, "org.freedesktop.DBus.Properties")


class Logind:
    """Answers Inhibit and GetSession; locks and sleeps when it is told to."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.inhibited: list[tuple[str, ...]] = []  # what, who, why, mode
        self._held: list[int] = []  # our ends; the other end is closed when the delay is given up
        self._connection: DBusConnection = open_dbus_connection(address, enable_fds=True)
        self._connection.send_and_get_reply(message_bus.RequestName(SERVICE))
        self._sending, self._end = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._end.set()
        self._thread.join(timeout=10)
        self._connection.close()
        for end in self._held:
            os.close(end)

    # -- what a test tells it ----------------------------------------------------

    def lock(self, session: str = SESSION) -> None:
        """As `loginctl lock-session` does."""
        path = SEAT.object_path.removesuffix(SESSION) + session
        self._emit(DBusAddress(path, SERVICE, SEAT.interface), "Lock")

    def hint(self, locked: bool) -> None:
        """As a desktop says that it has locked its screen by itself."""
        changed = (SEAT.interface, {"LockedHint": ("b", locked)}, [])
        self._emit(PROPERTIES, "PropertiesChanged", "sa{sv}as", changed)

    def sleep(self, begins: bool) -> None:
        self._emit(MANAGER, "PrepareForSleep", "b", (begins,))

    def delays(self) -> int:
        """Return how many programs hold the machine awake now."""
        self._held = [end for end in self._held if not _other_end_is_closed(end)]
        return len(self._held)

    # -- how it answers ----------------------------------------------------------

    def _emit(self, source: DBusAddress, name: str, *body: object) -> None:
        with self._sending:
            self._connection.send(new_signal(source, name, *body))

    def _serve(self) -> None:
        while not self._end.is_set():
            try:
                message = self._connection.receive(timeout=0.05)
            except TimeoutError:
                continue
            if message.header.message_type is MessageType.method_call:
                with self._sending:
                    self._reply(message)

    def _reply(self, message: Message) -> None:
        name = message.header.fields[HeaderFields.member]
        if name == "Inhibit":
            self.inhibited.append(tuple(message.body))
            ours, theirs = os.pipe()
            self._held.append(ours)
            self._connection.send(new_method_return(message, "h", (theirs,)))
            os.close(theirs)  # the bus has it now, and gives it to the caller
        elif name == "GetSession" and message.body[0] in (SESSION, "auto"):
            self._connection.send(new_method_return(message, "o", (SEAT.object_path,)))
        else:
            self._connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))


def _other_end_is_closed(end: int) -> bool:
    poll = select.poll()
    poll.register(end, select.POLLHUP)
    if any(event & select.POLLHUP for _, event in poll.poll(0)):
        os.close(end)
        return True
    return False


@contextmanager
def logind(folder: Path) -> Iterator[Logind]:
    """Run a message bus in `folder` with a logind on it; give the latter."""
    (folder / "system-bus.conf").write_text(BUS.format(folder=folder), encoding="ascii")
    command = ["dbus-daemon", f"--config-file={folder / 'system-bus.conf'}", "--nofork"]
    with (
        program([*command, "--print-address=1"], os.environ, stdout=subprocess.PIPE) as bus,
        bus.stdout,
    ):
        made = Logind(bus.stdout.readline().decode("ascii").strip())
        try:
            yield made
        finally:
            made.close()
