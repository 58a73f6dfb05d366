"""Opens the panel that tells who changed what, and when: a record's history or one field's."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.services.history import HistoryEntry, history
from desktop.views.customer.rows import Row, RowsView
from desktop.views.customer.words import Voice, reason_words, set_aside_words, shown_value
from desktop.views.language.formats import moment_text
from desktop.views.parts.basics import Label
from desktop.views.parts.panel import SidePanel
from desktop.views.shell.desk import Desk

_MARKS = {"waiting": "waiting", "to_settle": "to_settle", "refused": "refused"}


class HistoryPanel(SidePanel):
    """What happened to a record. Values of class C3 stay masked."""

    def __init__(self, desk: Desk, record: str, kind: str, field: str) -> None:
        super().__init__()
        self._desk, self._record, self._kind, self._field = desk, record, kind, field
        self._entries: tuple[HistoryEntry, ...] | None = None
        self.rows, self._nothing = RowsView(two_lines=True), Label("", tone="text3", wrap=True)
        self.form.addWidget(self.rows)
        self.form.addWidget(self._nothing)
        self.form.addStretch(1)
        self.save_button.hide()
        self.close_asked.connect(desk.close_panel)
        desk.saved.connect(self._read)
        self.retranslate()
        self._read()

    def retranslate(self) -> None:
        super().retranslate()
        voice = self._voice()
        what = voice.field(self._kind, self._field) if self._field else voice.kind(self._kind)
        self.set_heading(self.tr("History"), what)
        self.rows.setAccessibleName(self.tr("History"))
        self._nothing.setText(self.tr("Nothing has changed since this laptop has the record."))
        self._render()

    def _voice(self) -> Voice:
        return Voice(self._desk.language, self._desk.now(), self._desk.office.schema)

    def _read(self) -> None:
        reader, record, field = self._desk.office.reader, self._record, self._field or None
        self._desk.jobs.read(lambda _: history(reader, record, field), self._show, key="history")

    def _show(self, entries: tuple[HistoryEntry, ...]) -> None:
        import shiboken6

        if shiboken6.isValid(self):
            self._entries = entries
            self._render()

    def _render(self) -> None:
        entries: Sequence[HistoryEntry] = self._entries or ()
        self.rows.show_rows([self._row(number, entry) for number, entry in enumerate(entries)])
        self.rows.setVisible(bool(entries))
        self._nothing.setVisible(self._entries is not None and not entries)

    def _row(self, number: int, entry: HistoryEntry) -> Row:
        voice = self._voice()
        change = self.tr("{old} → {new}").format(
            old=self._value(voice, entry, entry.old), new=self._value(voice, entry, entry.new)
        )
        if not self._field:
            name = voice.field(self._kind, entry.field)
            change = self.tr("{field}: {change}").format(field=name, change=change)
        state = self._state(entry)
        return Row(
            key=str(number),
            title=change,
            detail=self._dot().join(part for part in (self._who(entry), state) if part),
            right=moment_text(entry.at, voice.now, voice.language),
            mark=_MARKS.get(entry.state),
        )

    def _dot(self) -> str:
        return "·" if self._desk.language == "zh" else ", "

    def _value(self, voice: Voice, entry: HistoryEntry, value: object) -> str:
        return shown_value(voice, self._kind, entry.field, value) or "—"

    def _who(self, entry: HistoryEntry) -> str:
        if entry.by == "branch":
            return self.tr("By the branch")
        if entry.by == "settled":
            return self.tr("Settled")
        return self.tr("By me")

    def _state(self, entry: HistoryEntry) -> str:
        if entry.by == "settled":
            return self._choice(entry)
        return {
            "waiting": self.tr("waits to be sent"),
            "applied": self.tr("applied"),
            "merged": self.tr("merged"),
            "to_settle": self.tr("to settle"),
            "settled": self.tr("settled"),
            "refused": reason_words(self._voice(), entry.reason) or self.tr("refused"),
            "let_go": self.tr("refused and let go"),
            "elsewhere": self.tr("with whoever keeps the customer now"),
        }.get(entry.state, "")

    def _choice(self, entry: HistoryEntry) -> str:
        kept = {
            "mine": self.tr("mine was kept"),
            "theirs": self.tr("theirs was kept"),
        }.get(entry.choice or "", self.tr("another value was written"))
        lost = set_aside_words(self._voice(), self._kind, entry.field, entry.set_aside, entry.name)
        return self._dot().join(part for part in (kept, lost) if part)


def open_history(desk: Desk, record: str, kind: str, field: str = "") -> HistoryPanel:
    """Open the panel; `field` narrows it to one field."""
    panel = HistoryPanel(desk, record, kind, field)
    desk.open_panel(panel)
    return panel
