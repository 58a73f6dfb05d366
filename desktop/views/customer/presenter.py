"""Decides what the customer page shows and what its wishes come to.

Reads in one job, saves in others; what comes back after the customer has changed, or after the
lock, is dropped. Nothing that was shown in clear outlives its sixty seconds, its customer, or
the lock.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QWidget

from crm.domain.consent import standing
from crm.domain.errors import NotFound
from crm.domain.kind import Schema
from desktop.services.consent import Record, record_of
from desktop.services.customers import note_viewed, tag, untag
from desktop.services.forms import Checked, Saved, check, edit_field
from desktop.services.portrait import TO_COME, Portrait, portrait, text_of
from desktop.services.ports import Held, ReaderFactory
from desktop.services.timeline import TimelineItem, timeline
from desktop.services.undo import Action
from desktop.services.visits import VISIT, finish_task
from desktop.views.customer.consents import stopped_words
from desktop.views.customer.describe import MOST_ACCOUNTS, MOST_TASKS, Teller
from desktop.views.customer.edit_line import EditLine
from desktop.views.customer.happenings import happenings
from desktop.views.customer.overview import OWN_FIELDS
from desktop.views.customer.page import CustomerHandler, CustomerPage
from desktop.views.customer.reveal import Reveal
from desktop.views.customer.words import Voice, note_of, texts_of, typed_value
from desktop.views.language.translating import translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.revealing import Gate
from desktop.views.shell.revealing import Seen as Looked
from desktop.views.shell.undoing import undoing

VIEWED_AFTER_MS = 1_000  # arrows through a list look at nobody


@dataclass(frozen=True, slots=True)
class Seen:
    """What one reading found; `notes` are the checks of fields that could not be verified."""

    portrait: Portrait
    items: tuple[TimelineItem, ...]
    doubts: dict[str, Checked]
    said: Record


def see(reader: ReaderFactory, schema: Schema, customer: str, today: date) -> Seen:
    """Read a customer off the GUI thread. Raises: NotFound."""
    found = portrait(reader, schema, customer, today)
    kind, fields = schema["customer"], found.customer.fields
    doubts = {
        name: check(kind, name, typed_value(kind.by_name[name], fields.get(name)), fields)
        for name in found.doubts
        if name in kind.by_name
    }
    said = record_of(reader, customer, today)
    return Seen(found, timeline(found), doubts, said)


def _nothing() -> None:
    """A list has no editor that waits."""


class CustomerPresenter(QObject, CustomerHandler):
    """One page and the services behind it."""

    def __init__(self, page: CustomerPage, desk: Desk) -> None:
        super().__init__(page)
        self._page, self._desk = page, desk
        self._wanted: str | None = None
        self._seen: Seen | None = None
        self.reveal = Reveal(self)
        self.reveal.changed.connect(self._render)
        self._gate = Gate(desk, self)
        self._viewed = QTimer(self, singleShot=True, interval=VIEWED_AFTER_MS)
        self._viewed.timeout.connect(self._note_viewed)
        self._connect()

    def _connect(self) -> None:
        page, head, overview = self._page, self._page.head, self._page.overview
        page.worded_anew.connect(self._render)
        page.settle_asked.connect(self._settle)
        page.duplicate_asked.connect(self._open_duplicate)
        page.line_made.connect(self._wire)
        for line in page.lines():
            self._wire(line)
        head.visit_asked.connect(self.record_visit)
        head.edit_asked.connect(self.edit)
        head.history_asked.connect(lambda: self._history(self._wanted or "", ""))
        head.contact_asked.connect(lambda: self._add("contact_point"))
        head.member_asked.connect(lambda: self._add("household_member"))
        head.tag_added.connect(self._tag)
        head.tag_removed.connect(self._untag)
        overview.edit_asked.connect(self.edit)
        for rows in (overview.accounts.view, page.accounts.view, page.closed.view):
            rows.action_asked.connect(
                lambda account, rows=rows: self._reveal(rows, account, "number")
            )
        overview.tasks.view.action_asked.connect(self._finish)
        page.family.action_asked.connect(lambda: self._add("household_member"))
        page.consents.record_asked.connect(lambda purpose: self._say(purpose, withdrawal=False))
        page.consents.withdraw_asked.connect(lambda purpose: self._say(purpose, withdrawal=True))
        opening = (overview.household.view, page.family.view, overview.tasks.view)
        for view in (*opening, overview.timeline, page.timeline, page.consents):
            view.opened.connect(self._open_record)
        self._desk.saved.connect(self.refresh)
        self._desk.panel_wanted.connect(lambda panel: head.give_way(panel is not None))

    def _wire(self, line: EditLine) -> None:
        line.save_asked.connect(lambda *what: self._save(line, *what))
        line.reveal_asked.connect(lambda *what: self._reveal(line, *what))
        line.history_asked.connect(self._history)
        line.panel_asked.connect(lambda _, field: self.edit(field))

    # --- reading ---

    def show_customer(self, customer: str | None) -> None:
        """Show a customer; what was shown stays until the new one is there."""
        if customer != self._wanted:
            self._leave()
        self._wanted = customer
        if customer is None:
            self._seen = None
            self._page.show_nobody()
        else:
            self._read(customer)

    def _leave(self) -> None:
        """The customer goes: what was typed is saved, what was shown in clear is hidden.

        Editors close at once: what is refused later is told, not said beside a line that goes.
        """
        for line in self._page.lines():
            line.commit()
            line.close_editor()
        self._viewed.stop()
        self._gate.forget()
        self.reveal.end()

    def refresh(self) -> None:
        """Read again what is shown."""
        if self._wanted is not None:
            self._read(self._wanted)

    def _read(self, customer: str) -> None:
        office, today = self._desk.office, self._desk.today()
        self._desk.jobs.read(
            lambda _: see(office.reader, office.schema, customer, today),
            self._show,
            lambda error: self._not_read(customer, error),
            key="customer",
        )

    def _show(self, seen: Seen) -> None:
        customer = seen.portrait.customer.id
        if customer != self._wanted:
            return
        another = self._seen is None or self._seen.portrait.customer.id != customer
        self._seen = seen
        self._render()
        self._page.show_somebody()
        if another:
            self._page.to_top()
            self._viewed.start()
        self._page.loaded.emit(customer)

    def _not_read(self, customer: str, error: Exception) -> None:
        if not isinstance(error, NotFound):
            self._desk.tell_error(error)
        elif customer == self._wanted:
            self._wanted = self._seen = None
            self._page.show_nobody(gone=True)

    def _note_viewed(self) -> None:
        customer, new_uow = self._wanted, self._desk.office.new_uow
        if customer is not None:
            self._desk.jobs.write(
                lambda _: note_viewed(new_uow, customer), lambda _: None, lambda _: None
            )

    # --- showing ---

    def voice(self) -> Voice:
        return Voice(self._desk.language, self._desk.now(), self._desk.office.schema)

    def _render(self) -> None:
        if self._seen is None:
            return
        voice, page, overview = self.voice(), self._page, self._page.overview
        kind = self._desk.office.schema["customer"]
        notes = {name: note_of(voice, kind, name, one) for name, one in self._seen.doubts.items()}
        teller = Teller(voice, self._seen.portrait, notes, self.reveal.is_shown)
        items = happenings(voice, self._seen.items)
        accounts, members = teller.accounts(), teller.members()
        page.head.show_head(teller.head())
        overview.figures.show_figures(teller.figures())
        overview.show_lines(
            {name: teller.line(name) for name in OWN_FIELDS}, teller.contact_lines()
        )
        overview.show_accounts(accounts, MOST_ACCOUNTS)
        overview.show_household(members)
        overview.show_tasks(teller.tasks(), MOST_TASKS)
        overview.show_timeline(items)
        self._render_lists(teller)
        page.timeline.show_items(items)
        page.show_counts(len(members), len(accounts), len(items))
        sentence, other = teller.duplicate()
        page.show_banners(teller.to_settle(), sentence, can_open=bool(other))
        said = self._seen.said
        page.consents.show_record(voice, said, self._seen.portrait.marks_by_record)
        page.show_stopped(stopped_words(voice, standing(said.customer)))

    def _render_lists(self, teller: Teller) -> None:
        page, closed = self._page, teller.closed_accounts()
        nobody = translate("Customer", "Nobody recorded yet.")
        page.family.show_rows(teller.members(), nobody)
        nothing = translate("Customer", "The branch has sent no accounts.")
        page.accounts.show_rows(teller.accounts(), nothing)
        page.closed.show_rows(closed, "")
        page.closed.setVisible(bool(closed))

    # --- what is masked ---

    def _reveal(self, anchor: QWidget, record: str, field: str) -> None:
        """Hide what is shown, or show it once it stands in the access log."""
        held = self._held(record)
        if self.reveal.is_shown(record, field) or held is None or self._wanted is None:
            self.reveal.end()
            return
        seen = Looked(what=f"{held.kind}.{field}", subject=self._wanted, subject_kind="customer")
        texts = texts_of(self.voice(), held, field)
        self._gate.open(
            seen,
            lambda: self.reveal.show(record, field, *texts, for_ms=self._gate.shown_ms),
            anchor=anchor,
            dropped=anchor.close_editor if isinstance(anchor, EditLine) else _nothing,
        )

    def _held(self, record: str) -> Held | None:
        seen = self._seen
        if seen is None:
            return None
        here = (seen.portrait.customer, *seen.portrait.family)
        return next((held for held in here if held.id == record), None)

    # --- saving in place ---

    def _save(self, line: EditLine, record: str, field: str, text: str) -> None:
        office, today = self._desk.office, self._desk.today()
        self._desk.jobs.write(
            lambda _: edit_field(office.new_uow, office.schema, record, field, text, today=today),
            lambda saved: self._saved(line, record, field, saved),
            lambda error: self._not_saved(line, record, field, error),
        )

    def _saved(self, line: EditLine, record: str, field: str, saved: Saved) -> None:
        here = line.line.record == record and line.line.field == field
        if saved.problems:
            self._tell_problem(line, record, field, saved.checked[field], here=here)
            return
        if here:
            line.saved()
        words = translate("Customer", "{field} saved").format(
            field=self._field_words(record, field)
        )
        if saved.action is not None:
            how = undoing(self._desk.office.new_uow, saved.action, words)
            self._desk.was_saved(how, words)

    def _tell_problem(
        self, line: EditLine, record: str, field: str, checked: Checked, *, here: bool
    ) -> None:
        voice, kind = self.voice(), self._kind_of(record)
        note = note_of(voice, self._desk.office.schema[kind], field, checked)
        if here and line.editing:
            line.refuse(note)
            return
        words = translate("Customer", "{field} was not saved: {why}")
        text = words.format(field=voice.field(kind, field), why=note.sentence)
        self._desk.toast(text, good=False)

    def _not_saved(self, line: EditLine, record: str, field: str, error: Exception) -> None:
        if line.line.record == record and line.line.field == field:
            line.not_saved()
        self._desk.tell_error(error)

    def _kind_of(self, record: str) -> str:
        family = self._seen.portrait.family if self._seen is not None else ()
        return next((held.kind for held in family if held.id == record), "customer")

    def _field_words(self, record: str, field: str) -> str:
        return self.voice().field(self._kind_of(record), field)

    # --- tags and tasks ---

    def _act(self, work: Callable[[], Action | None], words: str) -> None:
        """Run a use case that returns an action; tell it, and offer Undo."""
        new_uow = self._desk.office.new_uow

        def done(action: Action | None) -> None:
            if action is not None:
                self._desk.was_saved(undoing(new_uow, action, words), words)

        self._desk.jobs.write(lambda _: work(), done)

    def _tag(self, words: str) -> None:
        customer, new_uow = self._wanted, self._desk.office.new_uow
        if customer is not None:
            told = translate("Customer", "Tag added")
            self._act(lambda: tag(new_uow, customer, words), told)

    def _untag(self, tag_id: str) -> None:
        new_uow = self._desk.office.new_uow
        self._act(lambda: untag(new_uow, tag_id), translate("Customer", "Tag taken off"))

    def _finish(self, task: str) -> None:
        new_uow = self._desk.office.new_uow
        self._act(lambda: finish_task(new_uow, task), translate("Customer", "Marked as done"))

    # --- going on ---

    def record_visit(self) -> bool:
        customer = self._wanted
        if customer is None:
            return False
        from desktop.views.visit.panel import open_visit

        open_visit(self._desk, customer)
        return True

    def edit(self, field: str = "") -> bool:
        """Open the panel with every field, at `field` if one is named."""
        if self._seen is None or self._wanted is None:
            return False
        from desktop.views.customer.edit import open_edit

        self.reveal.end()
        open_edit(self._desk, self._seen.portrait.customer, field)
        return True

    def _add(self, kind: str) -> None:
        if self._seen is not None and self._wanted is not None:
            from desktop.views.customer.add import open_add

            open_add(self._desk, kind, self._seen.portrait.customer)

    def _say(self, purpose: str, *, withdrawal: bool) -> None:
        """Open the panel that records what the customer said."""
        if self._seen is not None and self._wanted is not None:
            from desktop.views.customer.consent_panel import open_consent

            customer = self._seen.portrait.customer
            open_consent(self._desk, customer, purpose, withdrawal=withdrawal)

    def _history(self, record: str, field: str) -> None:
        if record:
            from desktop.views.customer.history import open_history

            open_history(self._desk, record, self._kind_of(record), field)

    def _settle(self) -> None:
        if self._wanted is not None:
            self._desk.go("sync", tab="to_settle", customer=self._wanted)

    def _open_duplicate(self) -> None:
        links = self._seen.portrait.duplicates if self._seen is not None else ()
        if links and links[0].other:
            self._desk.go("customers", customer=links[0].other)

    def _open_record(self, record: str) -> None:
        """Open what a row stands for: another customer, a conflict, or a record of this one."""
        if self._seen is None or record == self._wanted:
            return
        held = next((h for h in self._seen.portrait.family if h.id == record), None)
        if held is not None and held.kind == "conflict":
            self._settle()
        elif held is not None:
            self._open_below(held)
        elif self._is_customer(record):
            self._desk.go("customers", customer=record)

    def _open_below(self, held: Held) -> None:
        """A visit that is still to take place is recorded; anything else is looked at."""
        state = text_of(held, "state") or ""
        if held.kind == VISIT and state in TO_COME and self._wanted is not None:
            from desktop.views.visit.panel import open_visit

            open_visit(self._desk, self._wanted, visit_id=held.id, state=state)
        else:
            from desktop.views.customer.record_panel import open_record

            open_record(self._desk, held)

    def _is_customer(self, record: str) -> bool:
        households = self._seen.portrait.households if self._seen is not None else ()
        return any(m.customer == record for h in households for m in h.members)

    # --- locking ---

    def lock(self) -> None:
        """Save what is half typed; show nothing of anybody from now on."""
        self._leave()
        self._wanted = self._seen = None
        self._page.show_nobody()
