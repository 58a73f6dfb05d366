"""Takes values back from the clipboard, and asks others to keep none of them.

What a person copied from elsewhere stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QClipboard, QGuiApplication

LEAST = 4  # characters of a value that still say whose it is
MARK = "x-kde-passwordManagerHint"  # heeded by clipboard managers of all desktops
_WINDOWS = 'application/x-qt-windows-mime;value="{}"'
HINTS = {
    MARK: b"secret",
    _WINDOWS.format("ExcludeClipboardContentFromMonitorProcessing"): b"\x01\x00\x00\x00",
    _WINDOWS.format("CanIncludeInClipboardHistory"): bytes(4),
    _WINDOWS.format("CanUploadToCloudClipboard"): bytes(4),
}


def keep_out_of_histories() -> None:
    """Mark whatever is copied in this program from now on as secret."""
    QGuiApplication.clipboard().dataChanged.connect(_mark)


def _mark() -> None:
    clipboard = QGuiApplication.clipboard()
    held: QMimeData | None = clipboard.mimeData()  # nothing once it was emptied
    if not clipboard.ownsClipboard() or held is None or not held.formats():
        return
    if not held.hasFormat(MARK):
        clipboard.setMimeData(marked(held))


def marked(held: QMimeData) -> QMimeData:
    """Return the same in every format, with the marks."""
    made = QMimeData()
    for name in held.formats():
        made.setData(name, held.data(name))
    for name, value in HINTS.items():
        made.setData(name, value)
    return made


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
