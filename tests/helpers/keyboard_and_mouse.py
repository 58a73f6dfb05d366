"""Keys and a mouse on a virtual screen, as X sees them: the XTEST extension, by ctypes.

A window cannot tell these events from a person's. Characters that no key of the layout has
(Chinese, say) get a spare key each, which keeps its character: the window may read the
layout later than the key was pressed.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, c_char_p, c_int, c_uint, c_ulong, c_void_p

NAMES = {"ctrl": "Control_L", "alt": "Alt_L", "shift": "Shift_L", "\n": "Return", "\t": "Tab"}
BETWEEN_MS = 20  # between pressing and letting go, as with a quick finger
UNUSED_FROM, UNUSED_TO = 0x1008_0000, 0x1008_FFFF  # keysyms of multimedia keys
BUTTONS = {"left": 1, "right": 3, "wheel up": 4, "wheel down": 5}


def _libraries() -> tuple[ctypes.CDLL, ctypes.CDLL]:
    x, test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
    x.XOpenDisplay.restype, x.XOpenDisplay.argtypes = c_void_p, [c_char_p]
    x.XCloseDisplay.argtypes = [c_void_p]
    x.XSync.argtypes = [c_void_p, c_int]
    x.XFree.argtypes = [c_void_p]
    x.XStringToKeysym.restype, x.XStringToKeysym.argtypes = c_ulong, [c_char_p]
    x.XDisplayKeycodes.argtypes = [c_void_p, POINTER(c_int), POINTER(c_int)]
    x.XGetKeyboardMapping.restype = POINTER(c_ulong)
    x.XGetKeyboardMapping.argtypes = [c_void_p, ctypes.c_ubyte, c_int, POINTER(c_int)]
    x.XChangeKeyboardMapping.argtypes = [c_void_p, c_int, c_int, POINTER(c_ulong), c_int]
    test.XTestFakeKeyEvent.argtypes = [c_void_p, c_uint, c_int, c_ulong]
    test.XTestFakeButtonEvent.argtypes = [c_void_p, c_uint, c_int, c_ulong]
    test.XTestFakeMotionEvent.argtypes = [c_void_p, c_int, c_int, c_int, c_ulong]
    return x, test


class Hands:
    """One person's hands on one display."""

    def __init__(self, display: str) -> None:
        self._x, self._test = _libraries()
        self._display = self._x.XOpenDisplay(display.encode())
        assert self._display, f"no display {display}"
        self._shift = self._x.XStringToKeysym(b"Shift_L")
        self._keys, self._spare = self._layout()

    def close(self) -> None:
        self._x.XCloseDisplay(self._display)

    def write(self, text: str) -> None:
        """Type a text, key after key."""
        keysyms = [self._keysym(character) for character in text]
        self._keep_keys([keysym for keysym in keysyms if keysym in self._keys])
        self._give_keys([keysym for keysym in keysyms if keysym not in self._keys])
        for keysym in keysyms:
            self._strike(keysym)
        self._sync()

    def press(self, chord: str) -> None:
        """Press keys together: "ctrl+k", "alt+Down", "F5", "Escape" (X's names of keys)."""
        *held, last = (self._keysym(NAMES.get(name, name)) for name in chord.split("+"))
        for keysym in held:
            self._key(self._keys[keysym][0], down=True)
        self._strike(last)
        for keysym in reversed(held):
            self._key(self._keys[keysym][0], down=False)
        self._sync()

    def click(self, x: int, y: int, button: str = "left", times: int = 1) -> None:
        """Move to a point of the screen, in pixels, and click there."""
        self._test.XTestFakeMotionEvent(self._display, -1, x, y, 0)
        for down in (True, False) * times:
            self._test.XTestFakeButtonEvent(self._display, BUTTONS[button], down, BETWEEN_MS)
        self._sync()

    def _layout(self) -> tuple[dict[int, tuple[int, bool]], list[int]]:
        """Return keysym: (keycode, whether with Shift), and the keycodes that nobody needs."""
        least, most, width = c_int(), c_int(), c_int()
        self._x.XDisplayKeycodes(self._display, least, most)
        count = most.value - least.value + 1
        table = self._x.XGetKeyboardMapping(self._display, least.value, count, width)
        keys: dict[int, tuple[int, bool]] = {}
        spare = []
        for at in range(count):
            row = [table[at * width.value + column] for column in range(width.value)]
            if all(not keysym or UNUSED_FROM <= keysym <= UNUSED_TO for keysym in row):
                spare.append(least.value + at)
                continue
            for shifted in (False, True):
                keys.setdefault(row[shifted], (least.value + at, shifted))
        self._x.XFree(table)
        return keys, spare

    def _keysym(self, text: str) -> int:
        """Return X's number of a character or of a key's name."""
        name = NAMES.get(text, text)
        if len(name) > 1:
            keysym = self._x.XStringToKeysym(name.encode())
            assert keysym in self._keys, f"no key {name}"
            return int(keysym)
        return ord(name) if ord(name) < 0x100 else 0x0100_0000 | ord(name)

    def _keep_keys(self, keysyms: list[int]) -> None:
        """Lend spare keys that are in use again to another character last."""
        used = {self._keys[keysym][0] for keysym in keysyms}
        self._spare.sort(key=used.__contains__)

    def _give_keys(self, keysyms: list[int]) -> None:
        """Put characters on spare keys, those used longest ago first."""
        for keysym in dict.fromkeys(keysyms):
            code = self._spare.pop(0)
            self._spare.append(code)
            self._keys = {known: at for known, at in self._keys.items() if at[0] != code}
            both = (c_ulong * 2)(keysym, keysym)
            self._x.XChangeKeyboardMapping(self._display, code, 2, both, 1)
            self._keys[keysym] = (code, False)
        self._sync()

    def _strike(self, keysym: int) -> None:
        code, shifted = self._keys[keysym]
        shift = self._keys[self._shift][0]
        if shifted:
            self._key(shift, down=True)
        self._key(code, down=True)
        self._key(code, down=False)
        if shifted:
            self._key(shift, down=False)

    def _key(self, code: int, *, down: bool) -> None:
        self._test.XTestFakeKeyEvent(self._display, code, down, 0)

    def _sync(self) -> None:
        self._x.XSync(self._display, 0)


@contextmanager
def hands(display: str) -> Iterator[Hands]:
    """Lay hands on a display while the block lasts; take them off before it goes."""
    laid = Hands(display)
    try:
        yield laid
    finally:
        laid.close()
