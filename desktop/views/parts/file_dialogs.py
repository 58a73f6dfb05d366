"""The system's own dialogs for opening and saving a file. None is awaited: each calls back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QDir, QStandardPaths
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.views.language.translating import translate

Then = Callable[[str], object]  # gets the path; not called where the person cancels


def ask_file(parent: QWidget, title: str, filters: Sequence[str], then: Then) -> QFileDialog:
    """Ask which file to read. filters: as "Tables (*.csv)", the first one is set."""
    dialog = _dialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(filters)
    return _opened(dialog, then)


def ask_where(parent: QWidget, title: str, name: str, name_filter: str, then: Then) -> QFileDialog:
    """Ask where to save a file, in the person's documents at first; `name` is proposed."""
    dialog = _dialog(parent, title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setNameFilter(name_filter)
    dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
    dialog.selectFile(name)
    return _opened(dialog, then)


def _dialog(parent: QWidget, title: str) -> QFileDialog:
    documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    folder = documents if Path(documents).is_dir() else QDir.homePath()
    dialog = QFileDialog(parent, title, folder)
    if QGuiApplication.platformName() in ("offscreen", "minimal"):
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    labels = QFileDialog.DialogLabel  # Qt's own catalogue leaves these in English
    dialog.setLabelText(labels.LookIn, translate("FileDialogs", "Folder:"))
    dialog.setLabelText(labels.FileType, translate("FileDialogs", "File type:"))
    return dialog


def _opened(dialog: QFileDialog, then: Then) -> QFileDialog:
    dialog.fileSelected.connect(then)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
