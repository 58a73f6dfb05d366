"""What the import asks for: which table to read, and where one is saved."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.views.language.translating import translate
from desktop.views.parts import file_dialogs


def ask_file(parent: QWidget, then: Callable[[str], None]) -> QFileDialog:
    """Ask which file to read; `then` gets its path. Nothing happens if the person cancels."""
    filters = (
        translate("IntakeDialogs", "Tables (*.xlsx *.xlsm *.csv *.txt)"),
        translate("IntakeDialogs", "All files (*)"),
    )
    return file_dialogs.ask_file(
        parent, translate("IntakeDialogs", "Choose a table"), filters, then
    )


def ask_where(parent: QWidget, name: str, then: Callable[[str], None]) -> QFileDialog:
    """Ask where to save a table under a name; `then` gets the path."""
    title = translate("IntakeDialogs", "Save the table")
    tables = translate("IntakeDialogs", "Excel tables (*.xlsx)")
    return file_dialogs.ask_where(parent, title, name, tables, then)
