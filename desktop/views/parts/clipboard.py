"""Takes values back from the clipboard. What a person copied from elsewhere stays."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtGui import QClipboard, QGuiApplication

LEAST = 4  # characters of a value that still say whose it is


def forget_copied(values: Iterable[str]) -> None:
    """Empty the clipboard where it holds one of these values, or a telling part of one."""
    clipboard = QGuiApplication.clipboard()
    told = [tight for value in values if len(tight := _tight(value)) >= LEAST]
    modes = [QClipboard.Mode.Clipboard]
    if clipboard.supportsSelection():
        modes.append(QClipboard.Mode.Selection)
    for mode in modes:
        held = _tight(clipboard.text(mode))
        if any(value in held or (len(held) >= LEAST and held in value) for value in told):
            clipboard.clear(mode)


def _tight(text: str) -> str:
    """Return a text without white space: a phone number is copied with or without."""
    return "".join(text.split())
