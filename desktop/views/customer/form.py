"""A form made of a kind's fields: in groups, with masked fields, one column or two.

Knows no rule: `left` tells that a field may be checked, `edited` that something was typed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from crm.domain.kind import Field as Spec
from crm.domain.kind import FieldType, Kind
from crm.domain.masking import mask
from desktop.views.customer.words import Note, Voice, is_masked
from desktop.views.parts.basics import Label, Speaking, column, row
from desktop.views.parts.buttons import Button
from desktop.views.parts.clipboard import forget_copied
from desktop.views.parts.fields import (
    AreaField,
    ChoiceField,
    DayField,
    Field,
    LineField,
    WordsField,
)
from desktop.views.parts.reveal_reason import SHOWN_FOR_MS

Rows = Sequence[Sequence[str]]  # fields side by side


@dataclass(frozen=True, slots=True)
class Group:
    """Some fields under a heading; `key` is for its words."""

    key: str
    rows: Rows


class MaskedField(LineField):
    """A field of class C3. What it was given to hold is masked until it is revealed for a minute.

    `reveal_asked` asks for it; who hears it calls `reveal` once it stands in the access log.
    """

    reveal_asked = Signal()

    def __init__(self, spec: Spec, *, required: bool = False) -> None:
        self.show_button = Button(kind="link", icon_name="eye")
        super().__init__(required=required)
        self._spec, self._kept, self._hidden = spec, "", False
        self._known = ("", "")  # a text and the value it stands for: masks are made of values
        self.show_button.clicked.connect(self.reveal_asked)
        self.show_button.hide()
        self._timer = QTimer(self, singleShot=True, interval=SHOWN_FOR_MS)
        self._timer.timeout.connect(self.hide_text)
        layout = self.layout()
        if isinstance(layout, QVBoxLayout):
            layout.removeWidget(self.line)
            layout.insertLayout(1, row(self.line, self.show_button))
        self.retranslate()

    def retranslate(self) -> None:
        self.show_button.setText(self.tr("Show"))
        self._name_button()

    def set_label(self, label: str) -> None:
        super().set_label(label)
        self._name_button()

    def _name_button(self) -> None:
        self.show_button.setAccessibleName(f"{self.show_button.text()}: {self.label()}")

    def hold(self, typed: str, value: str) -> None:
        """Keep a text out of sight; `value` is what its mask is made of."""
        self._known = (typed, value)
        self.set_text(typed)
        self.hide_text()

    def hide_text(self) -> None:
        """Mask what stands here, unless it is nothing."""
        if self._timer.isActive():
            forget_copied((self.text(), *self._known))
        self._timer.stop()
        self._kept, typed, value = self.text(), *self._known
        self._hidden = bool(self._kept)
        if self._hidden:
            self.line.setText(mask(self._spec, value if self._kept == typed else self._kept))
        self.line.setReadOnly(self._hidden)
        self.show_button.setVisible(self._hidden)

    def reveal(self, for_ms: int = SHOWN_FOR_MS) -> None:
        """Show what stands here, to be read and changed."""
        self.set_text(self._kept)
        self._timer.start(for_ms)
        self.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def hideEvent(self, event: QHideEvent) -> None:
        if self._timer.isActive() and not event.spontaneous():  # its form goes
            forget_copied((self.text(), *self._known))
        super().hideEvent(event)

    @property
    def hidden(self) -> bool:
        return self._hidden

    def text(self) -> str:
        return self._kept if self._hidden else super().text()

    def set_text(self, text: str) -> None:
        self._hidden = False
        self.line.setReadOnly(False)
        self.show_button.hide()
        super().set_text(text)


class RecordForm(Speaking):
    """Fields of one kind in groups. Texts in, texts out."""

    left = Signal(str)  # field
    edited = Signal(str)
    reveal_asked = Signal(str)  # field of class C3

    def __init__(self, kind: Kind, groups: Sequence[Group]) -> None:
        super().__init__()
        self._kind, self._groups = kind, groups
        self.fields: dict[str, Field] = {}
        self._headings = {group.key: Label("", "heading") for group in groups}
        for name in _names(groups):
            self.fields[name] = self._made(kind.by_name[name])
        self._two = False
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(24)
        self._grid.setVerticalSpacing(20)
        self.setLayout(self._grid)
        self._boxes = [self._box(group) for group in groups]
        self._place()

    def _made(self, spec: Spec) -> Field:
        field = _field(spec)
        field.left.connect(lambda: self.left.emit(spec.name))
        field.edited.connect(lambda: self.edited.emit(spec.name))
        if isinstance(field, MaskedField):
            field.reveal_asked.connect(lambda: self.reveal_asked.emit(spec.name))
        return field

    def _box(self, group: Group) -> QWidget:
        box, grid = QWidget(), QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        for line, names in enumerate(group.rows):
            for place, name in enumerate(names):
                span = 2 if len(names) == 1 else 1
                top = Qt.AlignmentFlag.AlignTop
                grid.addWidget(self.fields[name], line, place, 1, span)
                if isinstance(self.fields[name], LineField):
                    grid.setAlignment(self.fields[name], top)
        box.setLayout(column(self._headings[group.key], grid, spacing=8))
        box.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        return box

    def fit(self, *, two_columns: bool) -> None:
        """Stand in one column, or in two where there is room."""
        if two_columns != self._two:
            self._two = two_columns
            self._place()

    def _place(self) -> None:
        columns = 2 if self._two else 1
        for number, box in enumerate(self._boxes):
            where = (number // columns, number % columns)
            self._grid.addWidget(box, *where, Qt.AlignmentFlag.AlignTop)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1 if self._two else 0)

    # --- words ---

    def say(self, voice: Voice, headings: Mapping[str, str], hints: Mapping[str, str]) -> None:
        """Set every word of the form."""
        for key, label in self._headings.items():
            label.setText(headings.get(key, ""))
            label.setVisible(bool(headings.get(key)))
        for name, field in self.fields.items():
            field.set_label(voice.field(self._kind.name, name))
            field.set_hint(hints.get(name, ""))
            if isinstance(field, ChoiceField):
                choices = voice.choices(self._kind.name, name)
                nothing_yet = () if choices[0][0] == "" else (("", "—"),)
                field.fill((*nothing_yet, *choices))
            if isinstance(field, DayField):
                field.set_calendar_name(self.tr("Calendar"))
            if isinstance(field, WordsField):
                field.set_remove_name(self.tr("Take off {word}"))
                field.set_placeholder(self.tr("Type and press Enter"))

    # --- texts ---

    def texts(self) -> dict[str, str]:
        """Return what stands in every field."""
        return {name: field.text() for name, field in self.fields.items()}

    def set_texts(self, texts: Mapping[str, str]) -> None:
        for name, text in texts.items():
            if name in self.fields:
                self.fields[name].set_text(text)

    def restore(self, texts: Mapping[str, str]) -> None:
        """Put the texts of a draft in, those of class C3 out of sight."""
        self.set_texts(texts)
        for name, field in self.fields.items():
            if isinstance(field, MaskedField) and (text := texts.get(name)):
                field.hold(text, text)

    def note(self, name: str, note: Note) -> None:
        """Say something beside a field, or nothing any more."""
        field = self.fields[name]
        if note.problem:
            field.show_problem(note.sentence, note.fix, note.proposal)
        elif note.sentence:
            field.show_doubt(note.sentence, note.fix, note.proposal)
        else:
            field.clear_note()

    def first_problem(self) -> str:
        """Return the first field that has a problem, "" for none."""
        return next((name for name, field in self.fields.items() if field.has_problem()), "")


def _names(groups: Sequence[Group]) -> Iterator[str]:
    for group in groups:
        for names in group.rows:
            yield from names


def _field(spec: Spec) -> Field:
    required = spec.required
    if is_masked(spec):
        return MaskedField(spec, required=required)
    if spec.choices:
        return ChoiceField(required=required)
    if spec.type is FieldType.DAY:
        return DayField(required=required)
    if spec.type is FieldType.WORDS:
        return WordsField(required=required)
    if spec.max_length > 1000:
        return AreaField(required=required)
    return LineField(required=required)
