"""Last step: what is being written, what came of it, and its one Undo."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.views.language.translating import counted
from desktop.views.parts.basics import (
    IconLabel,
    Label,
    Speaking,
    column,
    row,
    scrolling,
)
from desktop.views.parts.buttons import Button

DONE, STOPPED, UNDONE, FAILED = "done", "stopped", "undone", "failed"
_ICONS = {
    DONE: ("check-circle-fill", "accent"),
    STOPPED: ("pause-circle", "warn"),
    UNDONE: ("arrow-u-up-left", "text2"),
    FAILED: ("warning-circle-fill", "danger"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What an import came to. Counts are rows of the file."""

    state: str  # done, stopped, undone, failed
    written: int
    planned: int
    skipped: int = 0  # their customer has changed or left since the preview
    to_mend: int = 0
    can_undo: bool = False
    why: str = ""  # a sentence, where it failed


class ResultPage(Speaking):
    """Passive: while it runs it says so; afterwards it shows a Result."""

    undo_asked = Signal()
    another_asked = Signal()
    customers_asked = Signal()
    table_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._result: Result | None = None
        self._rows = 0
        self._icon = IconLabel("hourglass", "text2", 32)
        self._title = Label("", "title", wrap=True)
        self._lines = Label("", tone="text2", wrap=True)
        for label in (self._title, self._lines):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.undo_button = Button(icon_name="arrow-u-up-left")
        self.table_button, self.another_button = Button(), Button()
        self.customers_button = Button(kind="primary")
        for button, signal in (
            (self.undo_button, self.undo_asked),
            (self.table_button, self.table_asked),
            (self.another_button, self.another_asked),
            (self.customers_button, self.customers_asked),
        ):
            button.clicked.connect(signal)
        buttons = (self.undo_button, self.table_button, self.another_button)
        self._buttons = row(None, *buttons, self.customers_button, None, spacing=12)
        inside = QWidget()
        icon = row(None, self._icon, None)
        page = column(None, icon, self._title, self._lines, 12, self._buttons, None, None)
        page.setContentsMargins(24, 16, 24, 16)
        inside.setLayout(page)
        self.setLayout(column(scrolling(inside)))
        self.retranslate()

    def retranslate(self) -> None:
        self.undo_button.setText(self.tr("Undo the whole import"))
        self.table_button.setText(self.tr("Save rows left out as table"))
        self.another_button.setText(self.tr("Import another file"))
        self.customers_button.setText(self.tr("To the customers"))
        if self._result is None:
            self.show_running(self._rows)
        else:
            self.show_result(self._result)

    def show_running(self, rows: int) -> None:
        """Say that rows are being written."""
        self._result, self._rows = None, rows
        self._icon.set_icon("hourglass", "text2")
        self._title.setText(
            counted(rows, self.tr("Importing {n} row"), self.tr("Importing {n} rows"))
        )
        self._lines.setText(
            self.tr(
                "You can go on working elsewhere. If you cancel, what is written stays; the same"
                " file again takes the rest."
            )
        )
        self._show_buttons(finished=False)

    def show_result(self, result: Result) -> None:
        self._result = result
        self._icon.set_icon(*_ICONS[result.state])
        self._title.setText(self._headline(result))
        self._lines.setText("\n".join(self._notes(result)))
        self._show_buttons(finished=True)
        self.undo_button.setVisible(result.can_undo)
        self.table_button.setVisible(result.to_mend > 0)

    def show_undoing(self) -> None:
        self._title.setText(self.tr("Undoing the import…"))
        self.undo_button.hide()

    def _show_buttons(self, *, finished: bool) -> None:
        buttons = (
            self.undo_button,
            self.table_button,
            self.another_button,
            self.customers_button,
        )
        for button in buttons:
            button.setVisible(finished)

    def _headline(self, result: Result) -> str:
        if result.state == DONE:
            return counted(
                result.written,
                self.tr("{n} row is imported"),
                self.tr("{n} rows are imported"),
            )
        if result.state == STOPPED:
            text = self.tr("Stopped: {written} of {planned} rows are imported")
            return text.format(written=f"{result.written:,}", planned=f"{result.planned:,}")
        if result.state == UNDONE:
            return self.tr("The import is undone")
        return self.tr("The import did not finish")

    def _notes(self, result: Result) -> list[str]:
        notes = [result.why] if result.why else []
        if result.state == UNDONE:
            return [self.tr("All customers are as they were before.")]
        if result.state in (STOPPED, FAILED):
            notes.append(self.tr("What is written stays. The same file again takes the rest."))
        if result.skipped:
            notes.append(
                counted(
                    result.skipped,
                    self.tr("{n} row was passed over: its customer has changed meanwhile."),
                    self.tr("{n} rows were passed over: their customers have changed meanwhile."),
                )
            )
        if result.to_mend:
            notes.append(
                counted(
                    result.to_mend,
                    self.tr("{n} row with problems was not imported."),
                    self.tr("{n} rows with problems were not imported."),
                )
            )
        if result.can_undo:
            notes.append(self.tr("Until the next sync the whole import can be undone."))
        return notes
