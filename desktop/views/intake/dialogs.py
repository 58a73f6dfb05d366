"""The system's own dialogs for opening and saving a table. They never block the window."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.views.language.translating import translate


def ask_file(parent: QWidget, then: Callable[[str], None]) -> QFileDialog:
    """Ask which file to read; `then` gets its path. Nothing happens if the person cancels."""
    dialog = QFileDialog(parent, translate("IntakeDialogs", "Choose a table"))
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(
        [
            translate("IntakeDialogs", "Tables (*.xlsx *.xlsm *.csv *.txt)"),
            translate("IntakeDialogs", "All files (*)"),
        ]
    )
    return _opened(dialog, then)


def ask_where(parent: QWidget, name: str, then: Callable[[str], None]) -> QFileDialog:
    """Ask where to save a table under a name; `then` gets the path."""
    dialog = QFileDialog(parent, translate("IntakeDialogs", "Save the table"))
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilter(translate("IntakeDialogs", "Excel tables (*.xlsx)"))
    dialog.setDefaultSuffix("xlsx")
    dialog.selectFile(name)
    return _opened(dialog, then)


def _opened(dialog: QFileDialog, then: Callable[[str], None]) -> QFileDialog:
    dialog.fileSelected.connect(then)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog
