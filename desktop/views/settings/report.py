"""The diagnostics report: what a technician needs, and nothing of anybody.

Checked facts and the way the window is set, in plain ASCII lines. Long numbers, Chinese text and
the folder of the person who is logged in are left out whatever the facts hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtGui import QGuiApplication

from desktop.services.logbook import masked
from desktop.services.preferences import Preferences

CHOSEN = ("language", "theme", "text_size", "print_language", "auto_sync")


def report_text(
    found: Mapping[str, Any], preferences: Preferences, folder: Path, now: datetime
) -> str:
    """Return the report of what `Office.examine` found for the profile in `folder`."""
    lines = [
        f"Yizhan diagnostics, {now:%Y-%m-%d %H:%M %z}",
        f"healthy: {bool(found.get('healthy'))}",
        *_checks(found.get("checks", {}), folder),
        "",
        *(f"{name}: {getattr(preferences, name)}" for name in CHOSEN),
        *_screens(),
    ]
    return "\n".join(lines) + "\n"


def _checks(checks: Mapping[str, Mapping[str, Any]], folder: Path) -> Iterator[str]:
    for name, facts in checks.items():
        yield ""
        yield f"[{'good' if facts.get('good') else 'look'}] {name}"
        for key, value in facts.items():
            if key not in ("good", "remedy", "what"):  # those two are sentences; the code says it
                yield f"  {key}: {masked(_without_home(str(value), folder))}"


def _without_home(text: str, folder: Path) -> str:
    """Return a text without the folders whose names may be a person's."""
    for path, said in ((folder, "PROFILE"), (Path.home(), "HOME")):
        text = text.replace(str(path), said)
    return text


def _screens() -> Iterator[str]:
    yield f"window system: {QGuiApplication.platformName()}"
    for screen in QGuiApplication.screens():
        size = screen.size()
        yield f"screen: {size.width()}x{size.height()} at {screen.devicePixelRatio():g}"
