"""How one profile's window is set: language, theme, columns and the like.

`PROFILE/preferences.json` is read before anybody unlocks, so nothing about a person may stand in
it. A file that cannot be read, or a value that makes no sense, gives the defaults and a told
warning: settings are never a reason not to start. Keys of a newer version are kept.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from crm.domain.errors import Damaged, Refused, UserError
from desktop.services.private_files import make_private_folder, write_private_file

FILE_NAME = "preferences.json"
LANGUAGES = ("auto", "zh", "en")
THEMES = ("auto", "light", "dark")
TEXT_SIZES = (0.93, 1.0, 1.14, 1.29)  # factors of type and row heights
LOCK_AFTER_MIN = (2, 5, 10)

log = logging.getLogger(__name__)


def _one_of(*choices: object) -> dict[str, Any]:
    return {"fits": lambda value: type(value) is not bool and value in choices}


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= 10_000


def _is_texts(value: object) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value))


def _is_counts(value: object) -> bool:
    """Tell whether it maps texts to whole numbers, none of them negative."""
    return isinstance(value, Mapping) and all(
        _is_text(name) and type(count) is int and count >= 0 for name, count in value.items()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The settings, each with its default. A new one is a line here."""

    language: str = field(default="auto", metadata=_one_of(*LANGUAGES))
    theme: str = field(default="auto", metadata=_one_of(*THEMES))
    text_size: float = field(default=1.0, metadata=_one_of(*TEXT_SIZES))
    print_language: str = field(default="zh", metadata=_one_of("zh", "en"))
    lock_after_min: int = field(default=5, metadata=_one_of(*LOCK_AFTER_MIN))
    auto_sync: bool = field(default=True, metadata={"fits": _is_flag})
    columns: tuple[str, ...] = field(default=(), metadata={"fits": _is_texts})  # (): the usual
    sort: str = field(default="name", metadata={"fits": _is_text})
    sort_descending: bool = field(default=False, metadata={"fits": _is_flag})
    geometry: str = field(default="", metadata={"fits": _is_text})  # of the window, base64
    sheet: str = field(default="", metadata={"fits": _is_text})  # of labels, used last
    next_cells: Mapping[str, int] = field(  # sheet -> its next free label
        default_factory=dict, metadata={"fits": _is_counts}
    )


RULES: dict[str, Callable[[object], bool]] = {
    f.name: f.metadata["fits"] for f in fields(Preferences)
}


def _log_problem(problem: UserError) -> None:
    log.warning("%s", problem.code)


def _at_once(work: Callable[[], None]) -> None:
    work()


class PreferenceFile:
    """The preferences of one profile: `current`, and `change` to set some. For one thread."""

    def __init__(
        self,
        profile: Path,
        *,
        tell: Callable[[UserError], None] = _log_problem,
        run: Callable[[Callable[[], None]], object] = _at_once,
    ) -> None:
        """Read the file; nothing is made where there is none.

        tell: gets Damaged `preferences.damaged` and Refused `preferences.unwritable`; nothing is
            raised. run: how a write is run, at once or by a pool that keeps their order.
        """
        self._profile = profile
        self._tell = tell
        self._run = run
        self._unknown: dict[str, object] = {}
        self.problem: UserError | None = None  # why the last change was not written
        self.current = self._read()

    def change(self, **values: object) -> Preferences:
        """Set some preferences and write the file. Raises: ValueError for what makes no sense."""
        wrong = [name for name, value in values.items() if not RULES[name](value)]
        if wrong:
            raise ValueError(f"no such setting: {', '.join(wrong)}")
        changed = replace(self.current, **_settled(values))
        if changed != self.current:
            self.current = changed
            content = self._content()
            self._run(lambda: self._write(content))
        return self.current

    def _read(self) -> Preferences:
        try:
            held = json.loads((self._profile / FILE_NAME).read_bytes())
        except FileNotFoundError:
            return Preferences()
        except (OSError, ValueError, RecursionError):
            held = None
        if not isinstance(held, dict):
            self._tell(Damaged("preferences.damaged"))
            return Preferences()
        return self._taken(held)

    def _taken(self, held: dict[str, object]) -> Preferences:
        """Return what makes sense, and keep what is not known."""
        self._unknown = {name: value for name, value in held.items() if name not in RULES}
        known = {name: value for name, value in held.items() if name in RULES}
        good = {name: value for name, value in known.items() if RULES[name](value)}
        if good != known:
            self._tell(Damaged("preferences.damaged"))
        return replace(Preferences(), **_settled(good))

    def _content(self) -> bytes:
        given = {name: getattr(self.current, name) for name in RULES}
        defaults = Preferences()
        chosen = {name: value for name, value in given.items() if value != getattr(defaults, name)}
        return json.dumps({**self._unknown, **chosen}, indent=1, sort_keys=True).encode()

    def _write(self, content: bytes) -> None:
        self.problem = None
        try:
            make_private_folder(self._profile)
            write_private_file(self._profile / FILE_NAME, content)
        except (OSError, Refused):
            self.problem = Refused("preferences.unwritable")
            self._tell(self.problem)


def _settled(values: Mapping[str, object]) -> dict[str, Any]:
    return {name: _own(value) for name, value in values.items()}


def _own(value: object) -> object:
    """Return a value of the dataclass's own type, that nobody else can change."""
    if isinstance(value, list):
        return tuple(value)
    return dict(value) if isinstance(value, Mapping) else value
