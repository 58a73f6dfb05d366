"""A private virtual screen: X server, message bus, accessibility registry, window manager.

Windows on it are real (xcb), yet nobody's desktop is touched: programs find it only by the
environment that `screen` gives. It knows nothing of any window: that is window_driver's.
"""

from __future__ import annotations

import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.secret_service import BUS

REGISTRY = "/usr/libexec/at-spi2-registryd"
PROGRAMS = ("Xvfb", "blackbox", "dbus-daemon", REGISTRY)
START_S = 30
# Nothing of the window manager's own on the screen, and a new window gets the keyboard.
MANAGER = """\
session.screen0.enableToolbar: False
session.screen0.slit.autoHide: True
session.screen0.focusModel: ClickToFocus
session.focusNewWindows: True
session.focusLastWindow: True
"""
LEFT_OUT = (
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XMODIFIERS",
    "QT_IM_MODULE",
    "QT_SCREEN_SCALE_FACTORS",
)


class NoScreen(Exception):
    """There is no virtual screen on this computer; the text says what to install."""


@dataclass(frozen=True)
class Screen:
    """A running screen: how programs find it, and what it shows."""

    folder: Path
    display: str
    bus: str  # address of the message bus, which is the accessibility bus too
    env: Mapping[str, str]
    scale: float  # pixels to one of Qt's units

    def picture(self, path: Path) -> Path:
        """Write what the screen shows as a PNG file; return its path."""
        from PySide6.QtGui import QImage

        with (self.folder / "Xvfb_screen0").open("rb") as file:
            dump = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            start, width, height, stride, pixels = _layout(dump)
            data = bytes(dump[start : start + stride * height])
            dump.close()
        assert pixels == 32, pixels
        image = QImage(data, width, height, stride, QImage.Format.Format_RGB32)
        assert image.save(str(path)), path
        return path


def _layout(dump: mmap.mmap) -> tuple[int, int, int, int, int]:
    """Return where an X window dump's pixels start, width, height, bytes a line, bits a pixel."""
    header = struct.unpack(">25I", dump[:100])
    size, width, height, bits, stride, colours = (header[at] for at in (0, 4, 5, 11, 12, 19))
    return size + 12 * colours, width, height, stride, bits


def missing_programs() -> list[str]:
    """Return which of the programs are not installed."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def screen(
    folder: Path, size: tuple[int, int] = (1366, 768), scale: float = 1.0
) -> Iterator[Screen]:
    """Run a screen of `size` pixels on which Qt draws at `scale`; end it with the block.

    `folder` is the home of the programs on it, and takes what failures leave.
    Raises NoScreen where a program is missing.
    """
    if missing := missing_programs():
        raise NoScreen(f"not installed: {', '.join(missing)} (python3 do.py setup, as root)")
    env = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
    with ExitStack() as running:
        # a socket's path may have no more than 107 characters
        sockets = running.enter_context(tempfile.TemporaryDirectory(prefix="yizhan-"))
        env |= _own_places(folder, sockets) | _own_qt(scale)
        env["DISPLAY"] = running.enter_context(_x_server(folder, size, env))
        bus = running.enter_context(_message_bus(Path(sockets), env))
        env |= {"DBUS_SESSION_BUS_ADDRESS": bus, "AT_SPI_BUS_ADDRESS": bus}
        running.enter_context(program([REGISTRY], env))
        (folder / "blackboxrc").write_text(MANAGER, encoding="ascii")
        running.enter_context(program(["blackbox", "-rc", folder / "blackboxrc"], env))
        yield Screen(folder, env["DISPLAY"], bus, env, scale)


def _own_places(folder: Path, sockets: str) -> dict[str, str]:
    return {
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": sockets,
        "XDG_CONFIG_HOME": str(folder / "config"),
        "XDG_DATA_HOME": str(folder / "share"),
        "XDG_CACHE_HOME": str(folder / "cache"),
    }


def _own_qt(scale: float) -> dict[str, str]:
    return {
        "QT_QPA_PLATFORM": "xcb",
        "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
        "QT_SCALE_FACTOR": str(scale),
    }


@contextmanager
def program(
    command: Sequence[str | Path], env: Mapping[str, str], **options: object
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program while the block lasts; end it by its process, whatever happens."""
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    process = subprocess.Popen([str(word) for word in command], env=env, **(quiet | options))
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end; after ten seconds, make it."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(timeout=10)


@contextmanager
def _x_server(folder: Path, size: tuple[int, int], env: Mapping[str, str]) -> Iterator[str]:
    """Give the display once the server answers; it chooses a free number itself."""
    ready, told = os.pipe()
    width, height = size
    command = ["Xvfb", "-displayfd", str(told), "-screen", "0", f"{width}x{height}x24"]
    command += ["-nolisten", "tcp", "-noreset", "-fbdir", str(folder)]
    with program(command, env, pass_fds=(told,)):
        os.close(told)
        with os.fdopen(ready) as answer:
            number = answer.readline().strip()
        if not number:
            raise NoScreen("Xvfb ended before it was ready")
        yield f":{number}"


@contextmanager
def _message_bus(folder: Path, env: Mapping[str, str]) -> Iterator[str]:
    (folder / "screen-bus.conf").write_text(BUS.format(folder=folder), encoding="ascii")
    command = ["dbus-daemon", f"--config-file={folder / 'screen-bus.conf'}"]
    options = ["--nofork", "--print-address=1"]
    with program([*command, *options], env, stdout=subprocess.PIPE) as bus:
        assert bus.stdout is not None
        with bus.stdout:
            yield bus.stdout.readline().decode("ascii").strip()
