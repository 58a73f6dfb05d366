"""One contested field: Before, the two values to choose from, or another one written.

Nothing is chosen beforehand. In a narrow window a settled field folds to one line.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QWidget

from crm.domain.kind import Field as FieldSpec
from crm.domain.kind import FieldType
from crm.domain.labels import choice_label
from desktop.services.differing import Spans
from desktop.views.language.translating import current_language
from desktop.views.parts.basics import IconLabel, Label, ShortLabel, Speaking, column, row, surface
from desktop.views.parts.buttons import Button, TagChip
from desktop.views.parts.fields import AreaField, ChoiceField, DayField, Field, LineField
from desktop.views.parts.marked import MarkedText
from desktop.views.sync.option_card import OptionCard, OptionView, Shown
from desktop.views.theme.look import look

LONG_TEXT = 120  # characters of a field that is written on several lines
OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestView:
    """One contested field in words."""

    conflict: str
    label: str
    spec: FieldSpec | None  # None: the record as a whole
    before: Shown
    before_opened: Shown
    options: tuple[OptionView, OptionView]
    note: str = ""  # what else must be known: that the record is gone
    writable: bool = True
    masked: bool = False  # there is something to reveal
    start: str = ""  # what stands in the editor at first
    copy: str = ""  # what can be copied where it can't be taken
    what: str = ""  # names the field (`kind.field`) for the access log

    @property
    def spans(self) -> tuple[Spans, ...]:
        return tuple(option.shown.spans for option in self.options)


class ContestCard(Speaking):
    """Passive: says what was chosen and written."""

    chosen = Signal(str, str)  # conflict, choice
    written = Signal(str, str)  # conflict, text: by hand, not yet judged
    left = Signal(str)
    show_asked = Signal(str)
    copy_asked = Signal(str)

    def __init__(self, view: ContestView) -> None:
        super().__init__()
        self.view = view
        self.choice = ""
        self._active = self._compact = self._unfolded = False
        self._label = Label(view.label, "strong", wrap=True)
        self._state_room = row()
        self.show_button, self.write_button = (
            Button(kind="link", icon_name="eye"),
            Button(kind="link", icon_name="pencil-simple"),
        )
        self.copy_button = Button(kind="link", icon_name="copy")
        self._before_title, self._before = Label("", tone="text2"), MarkedText()
        self.cards = [OptionCard(view.options[n], str(n + 1)) for n in (0, 1)]
        self._note_icon = IconLabel("info", "text2")
        self._note = Label(view.note, "small", tone="text2", wrap=True)
        self.editor: Field = self._make_editor()
        self._fold_icon = IconLabel("check-circle-fill", "accent", 18)
        self._fold_label, self._fold_how = Label(view.label, "strong"), Label("", tone="text2")
        self._fold_value, self.change_button = ShortLabel(), Button(kind="link")
        self._lay_out()
        self._connect()
        self.reveal(False)
        self.retranslate()

    def _lay_out(self) -> None:
        before = column(self._before_title, self._before, None, spacing=4, margins=(12, 8, 12, 8))
        self._before_frame = surface("plate", before)
        self._values = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._values.setSpacing(8)
        for widget, stretch in ((self._before_frame, 4), (self.cards[0], 5), (self.cards[1], 5)):
            self._values.addWidget(widget, stretch)
        head = row(
            self._label,
            self._state_room,
            None,
            self.show_button,
            self.copy_button,
            self.write_button,
            spacing=10,
        )
        note = row(self._note_icon, self._note, spacing=6)
        note.setStretch(1, 1)
        note.setAlignment(self._note_icon, Qt.AlignmentFlag.AlignTop)
        self._note_room = QWidget()
        self._note_room.setLayout(note)
        self._whole, self._folded = QWidget(), QWidget()
        self._whole.setLayout(column(head, self._note_room, self._values, self.editor, spacing=8))
        fold = row(
            self._fold_icon,
            self._fold_label,
            self._fold_how,
            self._fold_value,
            self.change_button,
            spacing=10,
        )
        fold.setStretch(3, 1)
        self._folded.setLayout(fold)
        self.setLayout(column(self._whole, self._folded, spacing=0, margins=(16, 10, 16, 12)))
        self._note_room.setVisible(bool(self.view.note))
        self.show_button.setVisible(self.view.masked)
        self.write_button.setVisible(self.view.writable)
        self.copy_button.setVisible(bool(self.view.copy))
        self.editor.hide()
        self._fold()

    def _connect(self) -> None:
        conflict = self.view.conflict
        for card in self.cards:
            card.clicked.connect(lambda _=False, card=card: self._choose(card.view.choice))
        self.write_button.clicked.connect(self.write_another)
        self.show_button.clicked.connect(lambda: self.show_asked.emit(conflict))
        self.copy_button.clicked.connect(lambda: self.copy_asked.emit(conflict))
        self.change_button.clicked.connect(self._unfold)
        self.editor.edited.connect(lambda: self.written.emit(conflict, self.editor.text()))
        self.editor.left.connect(lambda: self.left.emit(conflict))

    def _make_editor(self) -> Field:
        spec = self.view.spec
        if spec is None:
            return LineField()
        if spec.type in (FieldType.CHOICE, FieldType.FLAG):
            return ChoiceField()
        if spec.type is FieldType.DAY:
            return DayField()
        return AreaField(lines=3) if spec.max_length > LONG_TEXT else LineField()

    def retranslate(self) -> None:
        self._before_title.setText(self.tr("Before"))
        self.show_button.setText(self.tr("Show"))
        self.show_button.setAccessibleName(self.tr("Show {field}").format(field=self.view.label))
        self.write_button.setText(self.tr("Write another") + "  3")
        self.copy_button.setText(self.tr("Copy the text"))
        self.change_button.setText(self.tr("Change"))
        name = self.tr("Another value for {field}").format(field=self.view.label)
        self.editor.set_label(name)
        if isinstance(self.editor, DayField):
            self.editor.set_calendar_name(self.tr("Choose a day"))
        self._fill_choices()
        self._show_state()

    def _fill_choices(self) -> None:
        spec = self.view.spec
        if isinstance(self.editor, ChoiceField) and spec is not None:
            words = [(key, choice_label(spec, key, current_language())) for key in spec.choices]
            yes_no = [("true", self.tr("Yes")), ("false", self.tr("No"))]
            empty = [("", self.tr("Nothing"))]
            self.editor.fill([*empty, *(words or yes_no)])

    # --- choosing ---

    def _choose(self, choice: str) -> None:
        self.show_choice(choice)
        self.chosen.emit(self.view.conflict, choice)

    def take(self, place: int) -> bool:
        """Take the first (0) or second (1) value; False where that is no longer possible."""
        card = self.cards[place]
        if not card.isEnabled():
            return False
        self._choose(card.view.choice)
        return True

    def write_another(self) -> None:
        """Open the editor; what is written there is the choice."""
        if not self.view.writable:
            return
        if self.choice != OTHER and not self.editor.text():
            self.editor.set_text(self.view.start)
        self._unfolded = True
        self._choose(OTHER)
        self.written.emit(self.view.conflict, self.editor.text())
        self.editor.focus()

    def show_choice(self, choice: str, text: str | None = None) -> None:
        """Show what is chosen, without announcing it; `text` is what was written."""
        self.choice = choice
        if text is not None:
            self.editor.set_text(text)
        for card in self.cards:
            card.setChecked(card.view.choice == choice)
        self.editor.setVisible(choice == OTHER)
        self._show_state()
        self._fold()

    def show_problem(self, sentence: str) -> None:
        """Say what is wrong with what was written; "" where nothing is."""
        if sentence:
            self._unfolded = True
            self.editor.show_problem(sentence)
            self._fold()
        else:
            self.editor.clear_note()

    def reveal(self, opened: bool) -> None:
        """Show masked values, or mask them again."""
        for card in self.cards:
            card.reveal(opened)
        shown = self.view.before_opened if opened else self.view.before
        self._before.show_text(shown.text, (), "text2")
        self.show_button.setVisible(self.view.masked and not opened)
        self._show_fold()

    def opened(self) -> tuple[str, ...]:
        """Return the values in clear."""
        shown = (self.view.before_opened, *(card.view.opened for card in self.cards))
        return tuple(each.text for each in shown)

    def set_active(self, active: bool) -> None:
        """Mark the card that the keys 1, 2, 3 speak to."""
        self._active = active
        self.update()

    def focus(self) -> None:
        """Put the focus on the value that is chosen, else on the first that can be."""
        if not self._folded.isHidden():
            self.change_button.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        usable = [card for card in self.cards if card.isEnabled()]
        chosen = [card for card in usable if card.isChecked()]
        (chosen or usable)[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def fit(self, compact: bool) -> None:
        self._compact = compact
        self._fold()

    # --- drawing ---

    def _show_state(self) -> None:
        while (item := self._state_room.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        if self.choice:
            chip = TagChip(
                self.tr("Settled"), "check-circle", role="accent", fill="accentSoft", edge=None
            )
        else:
            chip = TagChip(self.tr("Open"), "diamond", role="warn", fill="warnSoft", edge=None)
        self._state_room.addWidget(chip)
        self._show_fold()

    def _show_fold(self) -> None:
        chosen = next((card for card in self.cards if card.view.choice == self.choice), None)
        if chosen is not None:
            self._fold_how.setText(chosen.view.title)
            self._fold_value.setText(chosen.shown_text().replace("\n", " "))
        else:
            self._fold_how.setText(self.tr("Written anew"))
            self._fold_value.setText("" if self.view.masked else self.editor.text())

    def _fold(self) -> None:
        folded = self._compact and bool(self.choice) and not self._unfolded
        self._whole.setVisible(not folded)
        self._folded.setVisible(folded)

    def _unfold(self) -> None:
        self._unfolded = True
        self._fold()
        self.focus()

    def paintEvent(self, event: QPaintEvent) -> None:
        worn = look()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 2 if self._active else 1
        painter.setPen(QPen(worn.colour("accent" if self._active else "line"), width))
        painter.setBrush(worn.colour("surface"))
        edge = width / 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(edge, edge, -edge, -edge), 8, 8)
        painter.end()
