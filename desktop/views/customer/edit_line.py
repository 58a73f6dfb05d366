"""A fact that is edited where it stands: name, value, mark; F2 or a click opens the editor.

Enter saves, Esc restores, Tab saves and goes on. The line asks and shows; it checks nothing,
and holds a masked value in clear only while it is revealed.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QLineEdit, QMenu, QSizePolicy, QWidget

from desktop.views.customer.rows import INSET
from desktop.views.customer.words import NOTHING, Note
from desktop.views.parts.basics import IconLabel, Label, ShortLabel, Speaking, column, row
from desktop.views.parts.buttons import BY_KEYBOARD, Button
from desktop.views.parts.fields import ChoiceField, Field, LineField
from desktop.views.theme.look import look
from desktop.views.theme.painting import paint_focus_ring, sync_icon, width_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What one line shows. `typed` is what the editor starts with; None while it is masked."""

    record: str
    field: str
    name: str
    text: str
    typed: str | None
    masked: bool = False
    revealed: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    mark: str | None = None
    mark_words: str = ""
    note: Note = NOTHING
    editable: bool = True


EMPTY = Line(record="", field="", name="", text="", typed="", editable=False)


class NoteBelow(QWidget):
    """What is doubtful about a value that stands, and the link that mends it."""

    def __init__(self) -> None:
        super().__init__()
        self._words, self.fix = Label("", "small", tone="warn", wrap=True), Button(kind="link")
        layout = row(self._words, self.fix, spacing=6)
        layout.setStretch(0, 1)
        self.setLayout(layout)

    def tell(self, note: Note) -> None:
        self._words.setText(note.sentence)
        self.fix.setText(note.fix)


class EditLine(Speaking):
    """One line of a card. `save_asked` tells record, field and the text as typed."""

    save_asked = Signal(str, str, str)
    reveal_asked = Signal(str, str)
    history_asked = Signal(str, str)
    panel_asked = Signal(str, str)  # texts of several lines are edited in a panel

    def __init__(self, *, long: bool = False, in_panel: bool = False) -> None:
        super().__init__()
        self._line, self._in_panel = EMPTY, in_panel
        self._name = Label(tone="text3")
        self._value: Label = Label(wrap=True) if long else ShortLabel()
        self._value.setCursor(Qt.CursorShape.PointingHandCursor)
        # Made when they are shown first: a page has many lines, and few of them need these.
        self._mark: IconLabel | None = None
        self._doubt: IconLabel | None = None
        self._show: Button | None = None
        self._ok: Button | None = None
        self._below: NoteBelow | None = None
        self._editor: Field | None = None
        self._start, self._sent = "", ""
        self._opens_when_shown = self._ring = False
        self._lay_out(long)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.retranslate()

    def _lay_out(self, long: bool) -> None:
        self._room = row(self._value, spacing=8)
        self._room.setStretch(0, 1)
        self._right = row(spacing=6)
        line = row(self._name, self._room, self._right, spacing=8)
        line.setStretch(1, 1)
        if long:
            line.setContentsMargins(0, 6, 0, 6)
        self._all = column(line, spacing=0, margins=(INSET, 0, INSET, 0))
        self.setLayout(self._all)
        self.setMinimumHeight(look().px(32))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def retranslate(self) -> None:
        if self._ok is not None:
            self._ok.setText(self.tr("Save"))
        self._name_show_button()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self.setMinimumHeight(look().px(32))
        super().changeEvent(event)

    # --- showing ---

    @property
    def line(self) -> Line:
        return self._line

    @property
    def editing(self) -> bool:
        return self._editor is not None

    @property
    def editor(self) -> Field | None:
        """The field that is open for editing, or None."""
        return self._editor

    def show_line(self, line: Line) -> None:
        """Show a fact. An editor that is open for the same fact stays open."""
        same = (line.record, line.field) == (self._line.record, self._line.field)
        was_revealed = self._line.revealed
        self._line = line
        self._name.setText(line.name)
        self._value.setText(line.text or "—")
        self._value.set_tone(None if line.text else "text3")
        self._show_mark()
        self._show_note()
        self._show_reveal()
        self.setAccessibleName(f"{line.name}: {line.text}".rstrip(": "))
        self.setAccessibleDescription(" ".join(filter(None, (line.mark_words, line.note.sentence))))
        if self.editing and not same:
            self.close_editor()
        elif self.editing and was_revealed and not line.revealed:
            self._hide_typed()
        if same and self._opens_when_shown and line.revealed:
            self.edit()

    def _show_mark(self) -> None:
        line, shown = self._line, self._line.mark is not None and not self.editing
        if shown and self._mark is None:
            self._mark = IconLabel()
            self._right.insertWidget(1 if self._doubt else 0, self._mark)
        if self._mark is not None:
            self._mark.setVisible(shown)
            if line.mark is not None:
                self._mark.set_icon(*sync_icon(line.mark))
                self._mark.setToolTip(line.mark_words)

    def _show_note(self) -> None:
        note, reading = self._line.note, not self.editing
        if note.sentence and self._doubt is None:
            self._doubt = IconLabel("warning-fill", "warn")
            self._right.insertWidget(0, self._doubt)
        if self._doubt is not None:
            self._doubt.setVisible(bool(note.sentence) and reading)
            self._doubt.setToolTip(note.sentence)
        if note.fix and self._below is None:
            self._below = NoteBelow()
            self._below.fix.clicked.connect(self._take_fix)
            self._all.addWidget(self._below)
        if self._below is not None:
            self._below.setVisible(bool(note.fix) and reading)
            self._below.tell(note)

    def _show_reveal(self) -> None:
        line = self._line
        shown = line.masked and bool(line.text) and not self.editing
        if shown and self._show is None:
            self._show = Button(kind="link")
            self._show.clicked.connect(self._ask_reveal)
            self._right.addWidget(self._show)
        if self._show is not None:
            self._show.setVisible(shown)
            self._name_show_button()

    def _name_show_button(self) -> None:
        if self._show is not None:
            line = self._line
            words = self.tr("Hide") if line.revealed else self.tr("Show")
            self._show.setText(words)
            self._show.set_icon("eye-slash" if line.revealed else "eye")
            self._show.setAccessibleName(f"{words}: {line.name}")

    def _show_ok(self) -> None:
        if self._ok is None:
            self._ok = Button(self.tr("Save"), kind="soft", small=True)
            self._ok.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Enter does the same
            self._ok.clicked.connect(self.commit)
            self._right.addWidget(self._ok)
        self._ok.show()

    def name_width(self) -> int:
        return round(width_of(self._name.text(), self._name.font())) + 2

    def set_name_width(self, width: int) -> None:
        self._name.setMinimumWidth(width)
        self._name.setMaximumWidth(max(width, self.name_width()))

    # --- editing ---

    def edit(self) -> None:
        """Open the editor; a masked value is shown first, which is asked for."""
        if not self._line.editable or self.editing:
            return
        if self._in_panel:
            self.panel_asked.emit(self._line.record, self._line.field)
        elif self._line.masked and not self._line.revealed and self._line.text:
            self._opens_when_shown = True
            self.reveal_asked.emit(self._line.record, self._line.field)
        else:
            self._open()

    def _open(self) -> None:
        self._opens_when_shown = False
        self._start = self._sent = self._line.typed or ""
        self._editor = self._make_editor()
        self._editor.set_text(self._start)
        self._editor.set_label("")
        self._editor.editor.setAccessibleName(self._line.name)
        self._editor.editor.setProperty("small", "true")
        self._editor.left.connect(self._gone_on)
        self._editor.editor.installEventFilter(self)
        self._room.insertWidget(0, self._editor, 1)
        QWidget.setTabOrder(self, self._editor.editor)
        for part in (self._value, self._mark, self._doubt, self._below, self._show):
            if part is not None:
                part.hide()
        self._show_ok()
        self._editor.focus()
        if isinstance(self._editor, LineField):
            self._editor.line.selectAll()
        elif isinstance(self._editor, ChoiceField):
            QTimer.singleShot(0, self._editor.picker, self._editor.picker.showPopup)

    def _make_editor(self) -> Field:
        if self._line.choices:
            picker = ChoiceField()
            picker.fill(self._line.choices)
            picker.edited.connect(self.commit)
            return picker
        editor = LineField()
        editor.entered.connect(self.commit)
        editor.edited.connect(editor.clear_note)
        return editor

    def commit(self) -> None:
        """Ask for what was typed to be saved; unchanged text just closes the editor."""
        if self._editor is None:
            return
        text = self._editor.text()
        if text == self._start:
            self._close_and_stay()
        elif text != self._sent:
            self._sent = text
            self.save_asked.emit(self._line.record, self._line.field, text)

    def _gone_on(self) -> None:
        """The focus has left the editor: for elsewhere on the page, not for its own list."""
        picker = self._editor.picker if isinstance(self._editor, ChoiceField) else None
        if self.isActiveWindow() and (picker is None or not picker.view().isVisible()):
            self.commit()

    def refuse(self, note: Note) -> None:
        """Say beside the open editor what keeps it from being saved."""
        if self._editor is not None:
            self._editor.show_problem(note.sentence, note.fix, note.proposal)

    def not_saved(self) -> None:
        """It could not be saved: what was typed stays, and may be sent again."""
        self._sent = self._start

    def saved(self) -> None:
        """It was saved: show the value again."""
        self._close_and_stay()

    def _close_and_stay(self) -> None:
        had_focus = self._editor is not None and self._has_focus(self._editor)
        self.close_editor()
        if had_focus:
            self.setFocus(Qt.FocusReason.OtherFocusReason)

    @staticmethod
    def _has_focus(field: Field) -> bool:
        inner = field.focusWidget()
        return inner is not None and inner.hasFocus()

    def close_editor(self) -> None:
        """Put the value back in its place, whatever was typed."""
        editor, self._editor = self._editor, None
        self._opens_when_shown = False
        if editor is not None:
            editor.blockSignals(True)  # losing the focus now is no leaving
            self._room.removeWidget(editor)
            editor.hide()
            editor.deleteLater()
        if self._ok is not None:
            self._ok.hide()
        self._value.show()
        self.show_line(self._line)

    def _hide_typed(self) -> None:
        """The sixty seconds are over: nothing of the value may stay readable."""
        if self._editor is None or self._editor.text() == self._start:
            self.close_editor()
        elif isinstance(self._editor, LineField):
            self._editor.line.setEchoMode(QLineEdit.EchoMode.Password)

    def _take_fix(self) -> None:
        line = self._line
        self.save_asked.emit(line.record, line.field, line.note.proposal)

    def _ask_reveal(self) -> None:
        self.reveal_asked.emit(self._line.record, self._line.field)

    # --- keys, mouse, menu ---

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.edit()
        elif event.key() == Qt.Key.Key_Escape and self.editing:
            self._close_and_stay()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc in the editor restores; the page around it must not hear of it."""
        key = event.key() if isinstance(event, QKeyEvent) else None
        if event.type() == QEvent.Type.ShortcutOverride and key == Qt.Key.Key_Escape:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and key == Qt.Key.Key_Escape:
            QTimer.singleShot(0, self, self._close_and_stay)
            return True
        return False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        if event.button() == Qt.MouseButton.LeftButton and inside and not self.editing:
            self.edit()
        super().mouseReleaseEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._line.record and not self.editing:
            self._menu().popup(event.globalPos())

    def open_menu(self) -> None:
        self._menu().popup(self.mapToGlobal(QPoint(0, self.height())))

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        line = self._line
        if line.editable:
            menu.addAction(self.tr("Edit") + "\tF2", self.edit)
        if line.masked and line.text:
            words = self.tr("Hide") if line.revealed else self.tr("Show")
            menu.addAction(words, self._ask_reveal)
        menu.addAction(
            self.tr("History of this field"),
            lambda: self.history_asked.emit(line.record, line.field),
        )
        return menu

    # --- focus ---

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._ring = event.reason() in BY_KEYBOARD
        self.update()
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._ring = False
        self.update()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ring and self.hasFocus():
            painter = QPainter(self)
            paint_focus_ring(painter, QRectF(self.rect()), 4)
            painter.end()


def align_names(lines: list[EditLine]) -> None:
    """Give the names of lines below each other one width."""
    shown = [line for line in lines if not line.isHidden()]
    width = max((line.name_width() for line in shown), default=0)
    for line in shown:
        line.set_name_width(max(72, width))
