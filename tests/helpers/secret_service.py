"""A real Secret Service for tests: a private message bus with gnome-keyring on it.

Nothing of the user's session is touched: bus, home and keyring live in the given folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PROGRAMS = ("dbus-daemon", "gnome-keyring-daemon")

# Without service folders the bus starts nothing by itself: no second daemon, no prompter.
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir={folder}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"""


def missing_programs() -> list[str]:
    """Return which of the programs are not installed."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def secret_service(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run bus and keyring, unlocked; give the environment in which programs find them."""
    environment = os.environ | {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    (folder / "bus.conf").write_text(BUS.format(folder=folder))
    bus = _bus(folder, environment)
    try:
        environment["DBUS_SESSION_BUS_ADDRESS"] = _address(bus)
        daemon = _keyring(environment)
        try:
            yield environment
        finally:
            _end(daemon)
    finally:
        _end(bus)


def _bus(folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        ["dbus-daemon", f"--config-file={folder / 'bus.conf'}", "--nofork", "--print-address=1"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _address(bus: subprocess.Popen[bytes]) -> str:
    assert bus.stdout is not None
    return bus.stdout.readline().decode("ascii").strip()


def _keyring(environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start the daemon and wait until it owns its name on the bus."""
    from jeepney import MatchRule, message_bus
    from jeepney.io.blocking import Proxy, open_dbus_connection

    owned = MatchRule(
        type="signal",
        interface="org.freedesktop.DBus",
        member="NameOwnerChanged",
        path="/org/freedesktop/DBus",
    )
    owned.add_arg_condition(0, "org.freedesktop.secrets")
    with open_dbus_connection(environment["DBUS_SESSION_BUS_ADDRESS"]) as connection:
        Proxy(message_bus, connection).AddMatch(owned)
        with connection.filter(owned) as signals:
            daemon = _daemon(environment)
            connection.recv_until_filtered(signals, timeout=20)
    return daemon


def _daemon(environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdin is not None
    daemon.stdin.write(b"keyring password of a test\n")
    daemon.stdin.close()
    return daemon


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(timeout=20)
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
