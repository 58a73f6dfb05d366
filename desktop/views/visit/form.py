"""The form of a visit. Passive: shows texts, emits what the person does. Knows no rule.

Its fields are those of the kind, in the order in which a visit is told; in a wide panel they
stand in two columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import pairwise

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QWidget

from crm.domain.kind import Kind
from crm.domain.labels import choice_label, field_label
from desktop.views.language.translating import current_language
from desktop.views.parts.basics import column, row
from desktop.views.parts.fields import AreaField, DayField, Field, WordsField
from desktop.views.parts.notices import Banner
from desktop.views.parts.panel import SidePanel
from desktop.views.parts.segments import RowSegmentField
from desktop.views.parts.suggesting import SuggestField

TWO_COLUMNS_FROM = 640  # width of the panel
# How one meets most often comes first; what the kind adds later follows.
_CHANNELS = ("visit", "phone", "wechat", "sms", "email", "post")
_RESULTS = ("completed", "missed", "planned", "cancelled")  # those that are recorded by hand


class VisitForm(SidePanel):
    """One visit to one customer."""

    edited = Signal(str)  # the field
    left = Signal(str)
    save_next_asked = Signal()
    discard_asked = Signal()
    put_away = Signal()

    def __init__(self, kind: Kind, *, state: str = "") -> None:
        super().__init__()
        self._kind = kind
        self._who = ("", "")
        self._changing = bool(state)
        self._results = tuple(dict.fromkeys((*_RESULTS, *((state,) if state else ()))))
        self._make_fields()
        self.notice = Banner("info", "clock-counter-clockwise")
        self.notice.hide()
        self.notice.action_asked.connect(self.discard_asked)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _make_fields(self) -> None:
        channels = self._kind.by_name["channel"].choices
        known = [key for key in _CHANNELS if key in channels]
        self._channels = (*known, *(key for key in channels if key not in known))
        self.on, self.place = DayField(required=True), SuggestField()
        self.channel = RowSegmentField(self._channels)
        self.state = RowSegmentField(self._results, required=True)
        self.needs, self.summary = WordsField(), AreaField(lines=2)
        self.next_step, self.next_on = SuggestField(), DayField()
        self.fields: dict[str, Field] = {
            "on": self.on,
            "place": self.place,
            "channel": self.channel,
            "state": self.state,
            "needs": self.needs,
            "summary": self.summary,
            "next_step": self.next_step,
            "next_on": self.next_on,
        }

    def _lay_out(self) -> None:
        first = row(self.on, self.place, spacing=12)
        first.setStretch(0, 4)
        first.setStretch(1, 5)
        first.setAlignment(self.on, Qt.AlignmentFlag.AlignTop)
        first.setAlignment(self.place, Qt.AlignmentFlag.AlignTop)
        left = column(first, self.channel, self.state, self.needs, spacing=11)
        right = column(self.summary, self.next_step, self.next_on, spacing=11)
        left.addStretch(1)
        right.addStretch(1)
        self._columns = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._columns.setSpacing(11)
        self._columns.addLayout(left, 1)
        self._columns.addLayout(right, 1)
        self.form.addWidget(self.notice)
        self.form.addLayout(self._columns)
        self.form.addStretch(1)
        self._put_in_order()

    def _put_in_order(self) -> None:
        """Let Tab go through the fields as they are told, then to the foot."""
        stops: list[QWidget] = [self.on.line, self.place.line]
        stops += [self.channel.segments.button(key) for key in self._channels]
        stops += [self.state.segments.button(key) for key in self._results]
        stops += [self.needs.line, self.summary.area, self.next_step.line, self.next_on.line]
        stops += [self.save_button, self.close_button]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        for name, field in self.fields.items():
            field.edited.connect(lambda name=name: self.edited.emit(name))
            field.left.connect(lambda name=name: self.left.emit(name))
        for key in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(key), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(self.save_next_asked)

    def retranslate(self) -> None:
        super().retranslate()
        language = current_language()
        for name, field in self.fields.items():
            field.set_label(field_label(self._kind.name, name, language))
        self.state.set_label(self.tr("Result"))
        self.channel.set_texts(self._words("channel", self._channels))
        self.state.set_texts(self._words("state", self._results))
        for day in (self.on, self.next_on):
            day.set_calendar_name(self.tr("Choose a day"))
        for field in (self.place, self.next_step):
            field.set_arrow_name(self.tr("Suggestions"))
        self.place.offer(
            (self.tr("At the customer's home"), self.tr("At the branch"), self.tr("Met by chance"))
        )
        self.needs.set_placeholder(self.tr("One need, then Enter"))
        self.needs.set_remove_name(self.tr("Remove {word}"))
        self.summary.area.setPlaceholderText(self.tr("What was talked about"))
        self._tell_who()

    def _words(self, field: str, keys: Sequence[str]) -> list[str]:
        spec, language = self._kind.by_name[field], current_language()
        return [choice_label(spec, key, language) for key in keys]

    def usual_steps(self) -> tuple[str, ...]:
        """Return next steps that are offered to everybody."""
        return (
            self.tr("Visit again with an offer"),
            self.tr("Phone before the deposit matures"),
            self.tr("Bring the documents"),
            self.tr("Invite to an event of the branch"),
        )

    def show_who(self, name: str, place: str) -> None:
        self._who = (name, place)
        self._tell_who()

    def _tell_who(self) -> None:
        name, place = self._who
        both = self.tr("{name}, {place}").format(name=name, place=place)
        title = self.tr("Change visit") if self._changing else self.tr("Record visit")
        self.set_heading(title, both if place else name)

    # --- texts ---

    def typed(self) -> dict[str, str]:
        """Return what stands in the fields, as typed."""
        return {name: field.text() for name, field in self.fields.items()}

    def put(self, texts: Mapping[str, str]) -> None:
        """Show texts; fields that are not named stay."""
        for name, field in self.fields.items():
            if name in texts:
                field.set_text(texts[name])

    def focus_begin(self) -> None:
        """Put the focus where there is something to say: day and place are mostly right."""
        self.channel.focus()

    def bring_into_sight(self, field: Field) -> None:
        """Scroll to a field with what is said below it, once that has its place."""
        area = self.findChild(QScrollArea)
        if area is not None:
            QTimer.singleShot(0, area, partial(area.ensureWidgetVisible, field, 0, 16))

    def tell_notice(self, text: str, action: str) -> None:
        self.notice.tell(text, action)
        self.notice.setVisible(bool(text))

    # --- fitting ---

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= TWO_COLUMNS_FROM
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._columns.setDirection(direction)
        self._columns.setSpacing(24 if wide else 11)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.put_away.emit()
