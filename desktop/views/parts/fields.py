"""Fields of a form: label above, editor, and below it what is wrong or doubtful, with its repair.

A field knows no rule. Whoever owns the form checks when `left` is emitted (never while
typing) and answers with `show_problem`, `show_doubt` or `clear_note`.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QDate, QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.views.parts.basics import FlowLayout, IconLabel, Label, Speaking, column, row
from desktop.views.parts.buttons import Button, IconButton, Segmented, TagChip
from desktop.views.parts.lines import Area, Line, Picker
from desktop.views.parts.surfaces import Surface
from desktop.views.theme.icons import icon
from desktop.views.theme.look import look
from desktop.views.theme.properties import set_property

INSIDE_KEY = "Alt+↓"  # opens or shows what a field carries inside, as in lists


class Field(Speaking):
    """Label, editor, note. Subclasses bring the editor and say what its text is."""

    left = Signal()  # the person has gone on; now it may be checked
    edited = Signal()  # the text changed by the person's hand
    fix_asked = Signal(str)  # the proposed text was taken

    def __init__(self, editor: QWidget, label: str = "", *, required: bool = False) -> None:
        super().__init__()
        self.editor = editor
        self._label, self._star = Label(style="small", tone="text2"), Label("*", tone="danger")
        self._hint = Label(style="caption", tone="text3")
        self._note_icon = IconLabel("warning-circle-fill", "danger")
        self._note = Label(style="small", tone="danger", wrap=True)
        self._fix = Button(kind="link")
        self._fix.clicked.connect(self._take_fix)
        self._proposal = ""
        if not required:  # never shown before it has a place: it would be a window of its own
            self._star.hide()
        self._hint.hide()
        self._note_row = QWidget()
        note = row(self._note_icon, self._note, self._fix, spacing=6)
        note.setStretch(1, 1)
        note.setAlignment(self._note_icon, Qt.AlignmentFlag.AlignTop)
        self._note_row.setLayout(note)
        self._note_row.hide()
        head = row(self._label, self._star, None, self._hint, spacing=4)
        self.setLayout(column(head, editor, self._note_row, spacing=4))
        self.set_label(label)
        for watched in self._focus_widgets():
            watched.installEventFilter(self)

    def _focus_widgets(self) -> Sequence[QWidget]:
        return [self.editor]

    def set_label(self, label: str) -> None:
        self._label.setText(label)
        self._label.setVisible(bool(label))
        self._name_editor(label)

    def _name_editor(self, name: str) -> None:
        self.editor.setAccessibleName(name)

    def label(self) -> str:
        return self._label.text()

    def set_hint(self, hint: str) -> None:
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))

    def text(self) -> str:
        raise NotImplementedError

    def set_text(self, text: str) -> None:
        """Show a text; nothing is emitted."""
        raise NotImplementedError

    def focus(self) -> None:
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    # --- notes ---

    def show_problem(self, sentence: str, fix: str = "", proposal: str = "") -> None:
        """Show what is wrong. `fix` are the words of a link that puts `proposal` in."""
        self._show_note("error", "warning-circle-fill", "danger", sentence, fix, proposal)

    def show_doubt(self, sentence: str, fix: str = "", proposal: str = "") -> None:
        """Show what may be wrong; it does not keep anybody from saving."""
        self._show_note("warning", "warning-fill", "warn", sentence, fix, proposal)

    def clear_note(self) -> None:
        set_property(self.editor, "state", None)
        self._note_row.hide()
        self.editor.setAccessibleDescription("")

    def has_problem(self) -> bool:
        return bool(self.editor.property("state") == "error")

    def _show_note(
        self, state: str, icon_name: str, tone: str, sentence: str, fix: str, proposal: str
    ) -> None:
        set_property(self.editor, "state", state)
        self._note_icon.set_icon(icon_name, tone)
        self._note.set_tone(tone)
        self._note.setText(sentence)
        self._proposal = proposal
        self._fix.setText(fix)
        self._fix.setVisible(bool(fix))
        height = max(16, self._fix.sizeHint().height() if fix else look().line("small"))
        self._note_icon.setFixedHeight(height)  # on the first line, whatever stands beside
        self._note.setMinimumHeight(height)
        self._note_row.show()
        self.editor.setAccessibleDescription(sentence)

    def _take_fix(self) -> None:
        self.set_text(self._proposal)
        self.edited.emit()
        self.fix_asked.emit(self._proposal)
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        popup = Qt.FocusReason.PopupFocusReason  # its own menu or list: nobody has gone on
        if isinstance(event, QFocusEvent) and event.lostFocus() and event.reason() != popup:
            self.left.emit()
        return False


def _is_alt_down(event: QEvent) -> bool:
    """Tell whether Alt+Down was pressed: the key of what a field carries inside, as in lists."""
    return (
        isinstance(event, QKeyEvent)
        and event.type() == QEvent.Type.KeyPress
        and event.key() == Qt.Key.Key_Down
        and bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
    )


class LineField(Field):
    """One line of text."""

    entered = Signal()

    def __init__(self, label: str = "", *, required: bool = False) -> None:
        self.line = Line()
        super().__init__(self.line, label, required=required)
        self.line.textEdited.connect(self.edited)
        self.line.returnPressed.connect(self.entered)

    def text(self) -> str:
        return self.line.text()

    def set_text(self, text: str) -> None:
        if text != self.line.text():
            self.line.setText(text)


class SecretField(LineField):
    """A passphrase: hidden, with a button that shows it."""

    def __init__(self, label: str = "") -> None:
        super().__init__(label)
        self.line.setEchoMode(QLineEdit.EchoMode.Password)
        self.line.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText | Qt.InputMethodHint.ImhSensitiveData
        )
        self._eye = self.line.addAction(
            icon("eye", "text2"), QLineEdit.ActionPosition.TrailingPosition
        )
        self._eye.setCheckable(True)
        self._eye.toggled.connect(self._show_secret)

    def set_eye_name(self, name: str) -> None:
        self._eye.setText(name)
        self._eye.setToolTip(f"{name}  {INSIDE_KEY}")
        for button in self.line.findChildren(QAbstractButton):
            button.setAccessibleName(name)

    def hide_secret(self) -> None:
        self._eye.setChecked(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if _is_alt_down(event):
            self._eye.toggle()
            return True
        return super().eventFilter(watched, event)

    def _show_secret(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.line.setEchoMode(mode)
        self._eye.setIcon(icon("eye-slash" if shown else "eye", "text2"))


class AreaField(Field):
    """Several lines of text. Tab goes on instead of being typed."""

    def __init__(self, label: str = "", *, required: bool = False, lines: int = 3) -> None:
        self.area = Area()
        self._lines = lines
        super().__init__(self.area, label, required=required)
        self._quiet = False
        self.area.textChanged.connect(self._announce)
        self._fit()

    def _fit(self) -> None:
        self.area.setFixedHeight(look().line("body") * self._lines + 18)

    def _announce(self) -> None:
        if not self._quiet:
            self.edited.emit()

    def text(self) -> str:
        return self.area.toPlainText()

    def set_text(self, text: str) -> None:
        if text != self.text():
            self._quiet = True
            self.area.setPlainText(text)
            self._quiet = False

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            self._fit()
        super().changeEvent(event)


class ChoiceField(Field):
    """One of a list, with the empty choice first."""

    def __init__(self, label: str = "", *, required: bool = False) -> None:
        self.picker = Picker()
        super().__init__(self.picker, label, required=required)
        self.picker.activated.connect(lambda _: self.edited.emit())

    def fill(self, items: Sequence[tuple[str, str]]) -> None:
        self.picker.fill(items)

    def text(self) -> str:
        return self.picker.key()

    def set_text(self, text: str) -> None:
        self.picker.choose(text)


class SegmentField(Field):
    """One of a few, side by side."""

    def __init__(self, keys: Sequence[str], label: str = "", *, required: bool = False) -> None:
        self.segments = self._make_segments(keys)
        self._keys = tuple(keys)
        super().__init__(self.segments, label, required=required)
        self.segments.chosen.connect(lambda _: self.edited.emit())

    def _make_segments(self, keys: Sequence[str]) -> Segmented:
        return Segmented(keys)

    def _focus_widgets(self) -> Sequence[QWidget]:
        return [self.segments.button(key) for key in self._keys]

    def set_texts(self, texts: Sequence[str]) -> None:
        self.segments.set_texts(texts)

    def text(self) -> str:
        return self.segments.key()

    def set_text(self, text: str) -> None:
        self.segments.choose(text)

    def focus(self) -> None:
        key = self.text() or self._keys[0]
        self.segments.button(key).setFocus(Qt.FocusReason.ShortcutFocusReason)


class DayField(LineField):
    """A date: typed in any of the forms a clerk writes, or picked from a calendar."""

    def __init__(self, label: str = "", *, required: bool = False) -> None:
        super().__init__(label, required=required)
        self._open = self.line.addAction(
            icon("calendar-blank", "text2"), QLineEdit.ActionPosition.TrailingPosition
        )
        self._open.triggered.connect(self.open_calendar)
        self._calendar: QWidget | None = None

    def set_calendar_name(self, name: str) -> None:
        self._open.setText(name)
        self._open.setToolTip(name)
        for button in self.line.findChildren(QAbstractButton):
            button.setAccessibleName(name)

    def open_calendar(self) -> None:
        """Show a calendar under the field; Alt+Down does too."""
        popup = Surface("raised")
        popup.setParent(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        from PySide6.QtWidgets import QCalendarWidget  # seldom opened, and slow to load

        calendar = QCalendarWidget()
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setAccessibleName(self.label())
        day = QDate.fromString(self.text(), Qt.DateFormat.ISODate)
        if day.isValid():
            calendar.setSelectedDate(day)
        calendar.activated.connect(self._picked)
        calendar.clicked.connect(self._picked)
        layout = QVBoxLayout(popup)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.addWidget(calendar)
        popup.move(self.line.mapToGlobal(QPoint(0, self.line.height() + 2)))
        popup.show()
        calendar.setFocus()
        self._calendar = popup

    def _picked(self, day: QDate) -> None:
        self.set_text(day.toString(Qt.DateFormat.ISODate))
        if self._calendar is not None:
            self._calendar.close()
            self._calendar = None
        self.edited.emit()
        self.left.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if _is_alt_down(event):
            self.open_calendar()
            return True
        return bool(super().eventFilter(watched, event))


class WordsField(Field):
    """Short words as chips; Enter or a comma adds what is typed, Backspace takes the last off."""

    def __init__(self, label: str = "", *, required: bool = False) -> None:
        self._frame = QWidget()
        self._flow = FlowLayout()
        self._words: list[str] = []
        self._chips = QWidget()
        self._chips.setLayout(self._flow)
        self.line = Line()
        self._remove_name = "{word}"
        self._frame.setLayout(column(self._chips, self.line, spacing=6))
        super().__init__(self._frame, label, required=required)
        self.line.textEdited.connect(self._typed)
        self.line.returnPressed.connect(self._add_typed)
        self._chips.hide()

    def _focus_widgets(self) -> Sequence[QWidget]:
        return [self.line]

    def _name_editor(self, name: str) -> None:
        self.line.setAccessibleName(name)

    def set_remove_name(self, pattern: str) -> None:
        """Set the name of the chips' crosses; `{word}` stands for the word."""
        self._remove_name = pattern
        self._draw()

    def set_placeholder(self, text: str) -> None:
        self.line.setPlaceholderText(text)

    def words(self) -> list[str]:
        """Return the words; what is typed and not yet added counts."""
        typed = self.line.text().strip()
        return [*self._words, *([typed] if typed and typed not in self._words else [])]

    def text(self) -> str:
        return "、".join(self.words())

    def set_text(self, text: str) -> None:
        self.set_words([word for part in text.split("、") if (word := part.strip())])

    def set_words(self, words: Sequence[str]) -> None:
        self._words = list(words)
        self.line.clear()
        self._draw()

    def focus(self) -> None:
        self.line.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _typed(self, text: str) -> None:
        if text.endswith((",", "，", "、", ";", "；")):
            self.line.setText(text[:-1])
            self._add_typed()
        self.edited.emit()

    def _add_typed(self) -> None:
        words = self.words()
        if words != self._words:
            self.set_words(words)
            self.edited.emit()

    def _remove(self, word: str) -> None:
        self._words = [kept for kept in self._words if kept != word]
        self._draw()
        self.edited.emit()
        self.line.setFocus()

    def _draw(self) -> None:
        from desktop.views.parts.basics import emptied

        emptied(self._flow)
        for word in self._words:
            name = self._remove_name.format(word=word)
            chip = TagChip(
                word, role="accent", fill="accentSoft", edge=None, removable=True, remove_name=name
            )
            chip.removed.connect(_Remover(self, word).go)
            self._flow.addWidget(chip)
        self._chips.setVisible(bool(self._words))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
            and event.key() == Qt.Key.Key_Backspace
            and not self.line.text()
            and self._words
        ):
            self._remove(self._words[-1])
            return True
        return bool(super().eventFilter(watched, event))


class _Remover(QObject):
    """Ties a chip's cross to its word."""

    def __init__(self, field: WordsField, word: str) -> None:
        super().__init__(field)
        self._field, self._word = field, word

    def go(self) -> None:
        self._field._remove(self._word)


class SearchBox(Line):
    """A line to search with: glass, a cross that clears, Esc clears."""

    cleared = Signal()
    down_pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.addAction(icon("magnifying-glass", "text2"), QLineEdit.ActionPosition.LeadingPosition)
        self._cross = self.addAction(icon("x", "text2"), QLineEdit.ActionPosition.TrailingPosition)
        self._cross.triggered.connect(self._clear)
        self._cross.setVisible(False)
        self.textChanged.connect(lambda text: self._cross.setVisible(bool(text)))

    def set_names(self, name: str, clear: str) -> None:
        """Set placeholder and accessible names."""
        self.setPlaceholderText(name)
        self.setAccessibleName(name)
        self._cross.setText(clear)
        self._cross.setToolTip(clear)
        from PySide6.QtWidgets import QToolButton  # slow to load, and not on the first page

        for button in self.findChildren(QToolButton):
            button.setAccessibleName(clear if button.defaultAction() is self._cross else name)

    def _clear(self) -> None:
        self.clear()
        self.cleared.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.text():
            self._clear()
        elif event.key() == Qt.Key.Key_Down:
            self.down_pressed.emit()
        else:
            super().keyPressEvent(event)


__all__ = [
    "AreaField",
    "ChoiceField",
    "DayField",
    "Field",
    "IconButton",
    "LineField",
    "Picker",
    "SearchBox",
    "SecretField",
    "SegmentField",
    "WordsField",
]
