"""The commands that the palette knows: their words, their keys, what else finds them."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.services.palette import Command
from desktop.views.language.command_words import ALSO_CALLED
from desktop.views.language.translating import translate
from desktop.views.shell.keys import KEYS

VISIT = "visit"


@dataclass(frozen=True, slots=True)
class Look:
    """How a command stands in the list."""

    icon: str
    keys: str = ""


LOOKS = {
    VISIT: Look("map-pin-line", KEYS["visit"]),
    "new": Look("user-plus", KEYS["new"]),
    "sync": Look("arrows-clockwise", KEYS["sync"]),
    "settle": Look("diamond"),
    "labels": Look("printer"),
    "import": Look("file-arrow-up"),
    "settings": Look("gear-six"),
    "theme": Look("moon"),
    "language": Look("translate"),
    "lock": Look("lock-simple", KEYS["lock"]),
    "help": Look("question", KEYS["help"]),
}


def commands(*, dark: bool) -> tuple[Command, ...]:
    """Return the commands in the window's language; `dark` is how it looks now."""
    theme = (
        translate("Palette", "Switch to light") if dark else translate("Palette", "Switch to dark")
    )
    words = {
        "new": translate("Palette", "New customer"),
        "sync": translate("Palette", "Sync now"),
        "settle": translate("Palette", "Settle what is open"),
        "labels": translate("Palette", "Print address labels"),
        "import": translate("Palette", "Import a file"),
        "settings": translate("Palette", "Settings"),
        "theme": theme,
        "language": translate("Palette", "Switch to Chinese"),
        "lock": translate("Palette", "Lock"),
        "help": translate("Palette", "Help and keys"),
    }
    return tuple(
        Command(key=key, label=label, also=ALSO_CALLED[key]) for key, label in words.items()
    )
