"""A record below a customer with all its fields, each edited where it stands: visit, task, ..."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, QTimer

from crm.domain.kind import FieldType
from desktop.services.forms import Checked, Saved, edit_field
from desktop.services.portrait import Mark, marks_of
from desktop.services.ports import Held
from desktop.views.customer.describe import record_line
from desktop.views.customer.edit_line import EditLine, align_names
from desktop.views.customer.reveal import Reveal
from desktop.views.customer.rows import INSET
from desktop.views.customer.words import NOTHING, Voice, note_of, texts_of
from desktop.views.language.translating import translate
from desktop.views.parts.panel import SidePanel
from desktop.views.shell.desk import Desk
from desktop.views.shell.revealing import Gate, Seen
from desktop.views.shell.undoing import undoing

_UNSHOWN = (FieldType.REFERENCE, FieldType.INSTANT)
_LONG = 100  # characters from which a field may take several lines


class RecordPanel(SidePanel):
    """One record. Fields that hold nothing are there to be filled."""

    def __init__(self, desk: Desk, held: Held) -> None:
        super().__init__()
        self._desk, self._held = desk, held
        self._kind = desk.office.schema[held.kind]
        self.reveal, self._gate = Reveal(self), Gate(desk, self)
        self._marks: Mapping[str, Mark] = {}
        self.lines: dict[str, EditLine] = {}
        for spec in self._kind.fields:
            if spec.type not in _UNSHOWN:
                self._add(spec.name, long=spec.max_length >= _LONG)
        self.form.addStretch(1)
        self.form.setSpacing(2)
        self.form.setContentsMargins(20 - INSET, 16, 20 - INSET, 16)
        self.save_button.hide()
        self.close_asked.connect(desk.close_panel)
        self.reveal.changed.connect(self._render)
        desk.saved.connect(self._read)
        self.retranslate()
        self._read()

    def _add(self, name: str, *, long: bool) -> None:
        line = EditLine(long=long)
        line.save_asked.connect(lambda *what: self._save(line, *what))
        line.reveal_asked.connect(lambda _, field: self._reveal(line, field))
        line.history_asked.connect(self._history)
        self.lines[name] = line
        self.form.addWidget(line)

    def retranslate(self) -> None:
        super().retranslate()
        self.set_heading(self._voice().kind(self._held.kind))
        self._render()

    def _voice(self) -> Voice:
        return Voice(self._desk.language, self._desk.now(), self._desk.office.schema)

    def _render(self) -> None:
        voice = self._voice()
        for name, line in self.lines.items():
            line.show_line(
                record_line(voice, self._held, name, self._marks, self.reveal.is_shown, NOTHING)
            )
        self._align()

    def _align(self) -> None:
        align_names(list(self.lines.values()))

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.ApplicationFontChange:
            QTimer.singleShot(0, self, self._align)  # once the names have their new size
        super().changeEvent(event)

    def _read(self) -> None:
        record, reader = self._held.id, self._desk.office.reader

        def read(_: object) -> tuple[Held, Mapping[str, Mark]]:
            with reader() as replica:
                held, lines = replica.get(record), replica.outbox_of([record])
            return held, marks_of(lines, ()).get(record, {})

        self._desk.jobs.read(read, self._show, self._not_read, key="record")

    def _show(self, found: tuple[Held, Mapping[str, Mark]]) -> None:
        if _valid(self):
            self._held, self._marks = found
            self._render()

    def _not_read(self, _: Exception) -> None:
        if _valid(self):  # another panel may be open by now
            self._desk.close_panel()

    def _reveal(self, line: EditLine, field: str) -> None:
        """Hide what is shown, or show it once it stands in the access log."""
        held = self._held
        if self.reveal.is_shown(held.id, field):
            self.reveal.end()
            return
        kind = "customer" if held.root != held.id else held.kind
        seen = Seen(what=f"{held.kind}.{field}", subject=held.root, subject_kind=kind)
        texts = texts_of(self._voice(), held, field)

        def show() -> None:
            if _valid(self):  # another panel may be open by now
                self.reveal.show(held.id, field, *texts, for_ms=self._gate.shown_ms)

        self._gate.open(seen, show, anchor=line, dropped=line.close_editor)

    def _save(self, line: EditLine, record: str, field: str, text: str) -> None:
        office, today = self._desk.office, self._desk.today()
        self._desk.jobs.write(
            lambda _: edit_field(office.new_uow, office.schema, record, field, text, today=today),
            lambda saved: self._saved(line, field, saved),
            lambda error: self._not_saved(line, error),
        )

    def _not_saved(self, line: EditLine, error: Exception) -> None:
        if _valid(self):
            line.not_saved()
        self._desk.tell_error(error)

    def _saved(self, line: EditLine, field: str, saved: Saved) -> None:
        voice = self._voice()
        if saved.problems:
            self._refused(line, field, saved.checked[field])
            return
        if _valid(self):
            line.saved()
        words = self.tr("{field} saved").format(field=voice.field(self._kind.name, field))
        if saved.action is not None:
            self._desk.was_saved(undoing(self._desk.office.new_uow, saved.action, words), words)

    def _refused(self, line: EditLine, field: str, checked: Checked) -> None:
        voice = self._voice()
        note = note_of(voice, self._kind, field, checked)
        if _valid(self):
            line.refuse(note)
            return
        words = translate("Customer", "{field} was not saved: {why}")
        told = words.format(field=voice.field(self._kind.name, field), why=note.sentence)
        self._desk.toast(told, good=False)

    def _history(self, record: str, field: str) -> None:
        from desktop.views.customer.history import open_history

        open_history(self._desk, record, self._kind.name, field)

    def keep_draft(self) -> None:
        """The panel goes, or the window locks: what stands in an open editor is saved."""
        for line in self.lines.values():
            line.commit()
        self._gate.forget()
        self.reveal.end()


def _valid(panel: QObject) -> bool:
    import shiboken6

    return bool(shiboken6.isValid(panel))


def open_record(desk: Desk, held: Held) -> RecordPanel:
    """Open the panel of one record."""
    panel = RecordPanel(desk, held)
    desk.open_panel(panel)
    return panel
