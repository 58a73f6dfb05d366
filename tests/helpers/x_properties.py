"""What an X server tells anybody: titles of windows, their icons' texts, who holds what was copied.

A task bar, a switcher of windows and every other program of the session read just this. They may
also move windows and make icons of them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_ubyte, c_uint, c_ulong, c_void_p

VIEWABLE = 2  # IsViewable of X.h
LONGEST = 1 << 16  # units of four bytes


class _Attributes(ctypes.Structure):
    """XWindowAttributes of Xlib.h."""

    _fields_ = (
        *((name, c_int) for name in ("x", "y", "width", "height", "border_width", "depth")),
        ("visual", c_void_p),
        ("root", c_ulong),
        *((name, c_int) for name in ("class", "bit_gravity", "win_gravity", "backing_store")),
        *((name, c_ulong) for name in ("backing_planes", "backing_pixel")),
        ("save_under", c_int),
        ("colormap", c_ulong),
        *((name, c_int) for name in ("map_installed", "map_state")),
        *((name, c_long) for name in ("all_events", "your_events", "do_not_propagate")),
        ("override_redirect", c_int),
        ("screen", c_void_p),
    )


def _library() -> ctypes.CDLL:
    x = ctypes.CDLL("libX11.so.6")
    x.XOpenDisplay.restype, x.XOpenDisplay.argtypes = c_void_p, [c_char_p]
    x.XCloseDisplay.argtypes = x.XFree.argtypes = [c_void_p]
    x.XDefaultRootWindow.restype, x.XDefaultRootWindow.argtypes = c_ulong, [c_void_p]
    x.XInternAtom.restype, x.XInternAtom.argtypes = c_ulong, [c_void_p, c_char_p, c_int]
    x.XGetAtomName.restype, x.XGetAtomName.argtypes = c_void_p, [c_void_p, c_ulong]
    x.XGetSelectionOwner.restype = c_ulong
    x.XGetSelectionOwner.argtypes = [c_void_p, c_ulong]
    x.XListProperties.restype = POINTER(c_ulong)
    x.XListProperties.argtypes = [c_void_p, c_ulong, POINTER(c_int)]
    x.XQueryTree.argtypes = [
        *(c_void_p, c_ulong, POINTER(c_ulong), POINTER(c_ulong)),
        *(POINTER(POINTER(c_ulong)), POINTER(c_uint)),
    ]
    x.XGetWindowAttributes.argtypes = [c_void_p, c_ulong, POINTER(_Attributes)]
    x.XSync.argtypes = [c_void_p, c_int]
    x.XIconifyWindow.argtypes = [c_void_p, c_ulong, c_int]
    x.XMoveResizeWindow.argtypes = [c_void_p, c_ulong, c_int, c_int, c_uint, c_uint]
    x.XGetWindowProperty.argtypes = [
        *(c_void_p, c_ulong, c_ulong, c_long, c_long, c_int, c_ulong),
        *(POINTER(c_ulong), POINTER(c_int), POINTER(c_ulong), POINTER(c_ulong)),
        POINTER(POINTER(c_ubyte)),
    ]
    return x


class Onlooker:
    """Another program on a display. Windows must not come and go while it looks."""

    def __init__(self, x: ctypes.CDLL, display: int) -> None:
        self._x, self._display = x, display

    def properties(self, name: str) -> list[bytes]:
        """Return what stands in the property of that name, of all windows that have it."""
        return [value for found, value in self.everything() if found == name]

    def everything(self) -> list[tuple[str, bytes]]:
        """Return name and value of every text property of every window."""
        root = self._x.XDefaultRootWindow(self._display)
        return [pair for window in self._tree(root) for pair in self._of(window)]

    def holds_copied(self, selection: str) -> bool:
        """Tell whether any program offers something to paste: CLIPBOARD or PRIMARY."""
        atom = self._x.XInternAtom(self._display, selection.encode(), 0)
        return bool(self._x.XGetSelectionOwner(self._display, atom))

    def window(self, title: str) -> int:
        """Return the number of the window with that title, as its program made it."""
        root, told = self._x.XDefaultRootWindow(self._display), ("_NET_WM_NAME", title.encode())
        return next(window for window in self._tree(root) if told in list(self._of(window)))

    def minimize(self, window: int) -> None:
        """Ask for it to become an icon, as the button in the title bar does."""
        self._x.XIconifyWindow(self._display, window, 0)
        self._x.XSync(self._display, 0)

    def place(self, window: int, x: int, y: int, width: int, height: int) -> None:
        """Move and resize it, as a person does by its edges."""
        self._x.XMoveResizeWindow(self._display, window, x, y, width, height)
        self._x.XSync(self._display, 0)

    def is_in_sight(self, window: int) -> bool:
        """Tell whether it is on the screen; an icon is not."""
        found = _Attributes()
        self._x.XGetWindowAttributes(self._display, window, byref(found))
        return bool(found.map_state == VIEWABLE)

    def numbers(self, window: int, name: str) -> list[int]:
        """Return what stands in a property of numbers; nothing where there is none."""
        atom = self._x.XInternAtom(self._display, name.encode(), 0)
        kind, width, units, left = c_ulong(), c_int(), c_ulong(), c_ulong()
        data = POINTER(c_ubyte)()
        given = (byref(kind), byref(width), byref(units), byref(left), byref(data))
        self._x.XGetWindowProperty(self._display, window, atom, 0, LONGEST, 0, 0, *given)
        longs = ctypes.cast(data, POINTER(c_ulong))
        return [int(word) for word in longs[: units.value]] if width.value == 32 else []

    def _tree(self, window: int) -> Iterator[int]:
        yield window
        root, parent, count = c_ulong(), c_ulong(), c_uint()
        below = POINTER(c_ulong)()
        given = (byref(root), byref(parent), byref(below), byref(count))
        if self._x.XQueryTree(self._display, window, *given) and count.value:
            windows = below[: count.value]
            self._x.XFree(below)
            for child in windows:
                yield from self._tree(child)

    def _of(self, window: int) -> Iterator[tuple[str, bytes]]:
        count = c_int()
        atoms = self._x.XListProperties(self._display, window, byref(count))
        for atom in atoms[: count.value] if count.value else ():
            yield self._name(atom), self._value(window, atom)

    def _name(self, atom: int) -> str:
        return ctypes.string_at(self._x.XGetAtomName(self._display, atom)).decode("ascii")

    def _value(self, window: int, atom: int) -> bytes:
        kind, width, units, left = c_ulong(), c_int(), c_ulong(), c_ulong()
        data = POINTER(c_ubyte)()
        given = (byref(kind), byref(width), byref(units), byref(left), byref(data))
        self._x.XGetWindowProperty(self._display, window, atom, 0, LONGEST, 0, 0, *given)
        return bytes(data[: units.value]) if width.value == 8 else b""


@contextmanager
def onlooker(display: str) -> Iterator[Onlooker]:
    """Look at a display such as ":7"."""
    x = _library()
    opened = x.XOpenDisplay(display.encode())
    assert opened, f"no display {display}"
    try:
        yield Onlooker(x, opened)
    finally:
        x.XCloseDisplay(opened)
