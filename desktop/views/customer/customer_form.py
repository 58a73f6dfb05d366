"""The panel with every field of a customer, for somebody new and for one who is here.

Checks a field when it is left, keeps a draft every two seconds and on leaving, warns of somebody
who is here already, and saves all fields as one action.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QResizeEvent

from desktop.services.drafts import CUSTOMER_FORM, NEW, draft, drop_draft, save_draft
from desktop.services.forms import (
    Checked,
    Lookalike,
    Saved,
    check,
    judged_with,
    lookalikes,
    save_customer,
)
from desktop.services.ports import Draft, Held
from desktop.views.customer.form import Group, MaskedField, RecordForm
from desktop.views.customer.words import Voice, note_of, typed_value
from desktop.views.language.formats import moment_text
from desktop.views.language.translating import counted
from desktop.views.parts.notices import Banner
from desktop.views.parts.panel import SidePanel
from desktop.views.shell.desk import Desk
from desktop.views.shell.revealing import Gate, Seen
from desktop.views.shell.undoing import undoing

DRAFT_EVERY_MS = 2_000
TWO_COLUMNS_FROM = 700
GROUPS = (
    Group(
        "person",
        (("name", "honorific"), ("id_type",), ("id_number",), ("birth_date", "gender")),
    ),
    Group(
        "contact",
        (
            ("phone",),
            ("address",),
            ("village", "postcode"),
            ("email",),
            ("preferred_channel", "language"),
        ),
    ),
    Group("work", (("occupation", "employer"),)),
    Group("relation", (("tier", "since"), ("next_contact_on",), ("needs",), ("likes",), ("note",))),
)
# Of somebody who is here already: that they have died, so that nobody writes to them any more.
GROUPS_OF_KNOWN = (*GROUPS, Group("", (("deceased_on",),)))
_IDENTIFYING = frozenset({"name", "phone", "id_number", "id_type"})


class CustomerForm(SidePanel):
    """One customer's form. `record` is "" for somebody new."""

    saved = Signal(str)  # the customer's id

    def __init__(self, desk: Desk, held: Held | None = None) -> None:
        super().__init__()
        self._desk, self._held = desk, held
        self._record = held.id if held is not None else NEW
        self._kind = desk.office.schema["customer"]
        self._opened = dict(held.fields) if held is not None else None
        self.fields_form = RecordForm(self._kind, GROUPS if held is None else GROUPS_OF_KNOWN)
        self.lookalike, self.restored = (
            Banner("warn", "users"),
            Banner("info", "clock-counter-clockwise"),
        )
        self._same: tuple[Lookalike, ...] = ()
        for banner in (self.lookalike, self.restored):
            banner.hide()
            self.form.addWidget(banner)
        self.form.addWidget(self.fields_form)
        self.form.addStretch(1)
        self._changed = self._saving = self._done = False
        self._draft_at = ""
        self._gate = Gate(desk, self)
        self._timer = QTimer(self, interval=DRAFT_EVERY_MS)
        self._timer.timeout.connect(self.keep_draft)
        self._connect()
        self.retranslate()
        self._start()

    def _connect(self) -> None:
        self.fields_form.left.connect(self._left)
        self.fields_form.edited.connect(self._edited)
        self.fields_form.reveal_asked.connect(self._reveal)
        self.save_asked.connect(self.save)
        self.close_asked.connect(self.close_form)
        self.jump_asked.connect(self._go_to_problem)
        self.lookalike.action_asked.connect(self._open_lookalike)
        self.restored.action_asked.connect(self._start_afresh)

    def retranslate(self) -> None:
        super().retranslate()
        voice = self._voice()
        if self._held is None:
            self.set_heading(self.tr("New customer"), self.tr("Only the name is needed"))
        else:
            self.set_heading(self.tr("Edit customer"), str(self._held.fields.get("name") or ""))
        headings = {
            "person": self.tr("Person and document"),
            "contact": self.tr("Contact and address"),
            "work": self.tr("Work"),
            "relation": self.tr("Value, needs and likes"),
        }
        self.fields_form.say(voice, headings, {})
        self._tell_lookalike(self._same)
        self._tell_draft()
        self.restored.tell(self.tr("This goes on from where you stopped."), self.tr("Start afresh"))

    def _voice(self) -> Voice:
        return Voice(self._desk.language, self._desk.now(), self._desk.office.schema)

    # --- beginning ---

    def _start(self) -> None:
        self._fill()
        office, record = self._desk.office, self._record
        self._desk.jobs.read(
            lambda _: draft(office.reader, CUSTOMER_FORM, record), _alive(self, self._restore)
        )

    def _fill(self) -> None:
        """Put in what the record holds; nothing for somebody new."""
        held = self._held.fields if self._held is not None else {}
        for name, field in self.fields_form.fields.items():
            typed = typed_value(self._kind.by_name[name], held.get(name))
            field.clear_note()
            if isinstance(field, MaskedField) and typed:
                field.hold(typed, str(held[name]))
            else:
                field.set_text(typed)

    def _restore(self, kept: Draft | None) -> None:
        """Go on from a draft, unless the person was faster and has begun to type."""
        if kept is not None and not self._changed:
            self.fields_form.restore(kept.values)
            self.restored.show()
            self._changed = True
            self._show_draft_time(kept.saved_at)

    def _start_afresh(self) -> None:
        """Give the draft up and show what the record holds."""
        self.restored.hide()
        self._changed = False
        self._fill()
        self._draft_at = ""
        self._tell_draft()
        office, record = self._desk.office, self._record
        self._desk.jobs.write(
            lambda _: drop_draft(office.new_uow, CUSTOMER_FORM, record), lambda _: None
        )

    def _reveal(self, name: str) -> None:
        """Show a masked field once it stands in the access log."""
        field, held = self.fields_form.fields[name], self._held
        if not isinstance(field, MaskedField):
            return
        subject = held.id if held is not None else ""  # else somebody who is not saved yet
        seen = Seen(what=f"customer.{name}", subject=subject, subject_kind="customer")

        def show() -> None:
            if _is_there(self):  # the form may have been closed meanwhile
                field.reveal(self._gate.shown_ms)

        self._gate.open(seen, show, anchor=field)

    def begin_at(self, field: str) -> None:
        """Put the focus into a field."""
        self.fields_form.fields.get(field, self.fields_form.fields["name"]).focus()

    # --- checking ---

    def _edited(self, name: str) -> None:
        self._changed = True
        self.fields_form.fields[name].clear_note()
        if not self._timer.isActive():
            self._timer.start()

    def _left(self, name: str) -> None:
        if self._done:
            return
        texts = self.fields_form.texts()
        self._check(name, texts)
        for other in judged_with(name):
            if other in self.fields_form.fields:
                self._check(other, texts)
        if name in _IDENTIFYING:
            self._look_for_same(texts)
        if self._changed:
            self.keep_draft()

    def _check(self, name: str, texts: Mapping[str, str]) -> None:
        kind, today, text = self._kind, self._desk.today(), texts[name]
        held = self._opened or {}
        unchanged = text == typed_value(kind.by_name[name], held.get(name))
        until = None if unchanged else today  # what stood there is not judged by the calendar
        self._desk.jobs.read(
            lambda _: check(kind, name, text, texts, until),
            _alive(self, lambda checked: self._checked(name, text, checked)),
            key=f"check.{name}",
        )

    def _checked(self, name: str, text: str, checked: Checked) -> None:
        if self.fields_form.fields[name].text() != text:
            return  # it was typed on meanwhile
        nothing_yet = checked.problem == "field.required" and not self._changed
        if not nothing_yet:
            self.fields_form.note(name, note_of(self._voice(), self._kind, name, checked))

    def _look_for_same(self, texts: Mapping[str, str]) -> None:
        office, record = self._desk.office, self._record or None
        typed = {name: text for name, text in texts.items() if text.strip()}
        self._desk.jobs.read(
            lambda _: lookalikes(office.reader, office.schema, typed, record),
            _alive(self, self._tell_lookalike),
            key="lookalikes",
        )

    def _tell_lookalike(self, same: tuple[Lookalike, ...]) -> None:
        self._same = same
        self.lookalike.setVisible(bool(same))
        if same:
            name = str(same[0].held.fields.get("name") or "")
            if same[0].basis == "identity":
                words = self.tr("{name} is here already, with the same identity number.")
            else:
                words = self.tr("{name} is here already, with the same name and phone.")
            self.lookalike.tell(words.format(name=name), self.tr("Open"))

    def _open_lookalike(self) -> None:
        if self._same:
            customer = self._same[0].held.id
            self.close_form()
            self._desk.go("customers", customer=customer)

    # --- drafts ---

    def keep_draft(self) -> None:
        """Keep what stands here; the lock asks for it, too."""
        self._timer.stop()
        if self._changed and not self._done and not self._saving:
            self._keep(_alive(self, lambda _: self._draft_kept()))

    def _keep(self, then: Callable[[object], object]) -> None:
        office, record, texts = self._desk.office, self._record, self._differing()
        self._desk.jobs.write(
            lambda _: save_draft(office.new_uow, CUSTOMER_FORM, record, texts), then
        )

    def _differing(self) -> dict[str, str]:
        """Return what was typed where the record holds something else, or nothing."""
        held, specs = self._opened or {}, self._kind.by_name
        texts = self.fields_form.texts().items()
        return {n: text for n, text in texts if text != typed_value(specs[n], held.get(n))}

    def _draft_kept(self) -> None:
        from crm.domain.instants import instant_text

        if not self._done:
            self._show_draft_time(instant_text(self._desk.now()))

    def _show_draft_time(self, at: str) -> None:
        self._draft_at = at
        self._tell_draft()

    def _tell_draft(self) -> None:
        if self._draft_at:
            moment = moment_text(self._draft_at, self._desk.now(), self._desk.language)
            self.show_draft(self.tr("Draft kept {moment}").format(moment=moment))
        else:
            self.show_draft("")

    def close_form(self) -> None:
        """Close once what was typed is kept as a draft; stay where it cannot be kept."""
        self._timer.stop()
        if self._saving or self._done:
            return
        if self._changed:
            self._keep(_alive(self, lambda _: self._close()))
        else:
            self._close()

    def _close(self) -> None:
        self._done = True
        self._desk.close_panel()

    # --- saving ---

    def save(self) -> None:
        """Save everything as one action; tell every problem at once."""
        if self._done or self._saving:
            return
        self.keep_draft()  # whatever becomes of the saving, the text is there again
        self._saving = True
        office, today, record = self._desk.office, self._desk.today(), self._record or None
        typed, opened = self._typed(), self._opened
        self._desk.jobs.write(
            lambda _: save_customer(
                office.new_uow, office.schema, typed, record, today=today, opened=opened
            ),
            self._was_saved,
            self._not_saved,
        )

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        self._desk.tell_error(error)

    def _typed(self) -> dict[str, str]:
        texts = self.fields_form.texts()
        if self._held is not None:
            return texts
        return {name: text for name, text in texts.items() if text.strip()}

    def _was_saved(self, saved: Saved) -> None:
        self._saving = False
        there = _is_there(self)  # another panel may have taken its place
        if saved.problems:
            if there:
                self._tell_problems(saved)
            return
        self._done = True
        words = self.tr("Customer added") if self._held is None else self.tr("Customer saved")
        how = undoing(self._desk.office.new_uow, saved.action, words)
        if there:
            self._desk.close_panel()
        if how is not None:
            self._desk.was_saved(how, words)
        if there:
            self.saved.emit(saved.record or "")

    def _tell_problems(self, saved: Saved) -> None:
        voice = self._voice()
        for name, checked in saved.checked.items():
            if name in self.fields_form.fields:
                self.fields_form.note(name, note_of(voice, self._kind, name, checked))
        wrong = [name for name in self.fields_form.fields if name in saved.problems]
        names = [voice.field("customer", name) for name in wrong]
        words = counted(
            len(names),
            self.tr("{n} field must be mended: {fields}"),
            self.tr("{n} fields must be mended: {fields}"),
            fields=voice.joined(names),
        )
        self.show_summary(words)
        self._go_to_problem()

    def _go_to_problem(self) -> None:
        if name := self.fields_form.first_problem():
            self.fields_form.fields[name].focus()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fields_form.fit(two_columns=event.size().width() >= TWO_COLUMNS_FROM)


def _alive(form: CustomerForm, then: Callable[..., object]) -> Callable[..., None]:
    """Call `then` unless the form has been closed and deleted meanwhile."""

    def answer(result: object) -> None:
        if _is_there(form):
            then(result)

    return answer


def _is_there(form: CustomerForm) -> bool:
    import shiboken6

    return bool(shiboken6.isValid(form))


def open_form(desk: Desk, held: Held | None, field: str = "") -> CustomerForm:
    """Open the panel at a field, the name if none is named."""
    form = CustomerForm(desk, held)
    if held is None:
        form.saved.connect(lambda customer: desk.go("customers", customer=customer))
    desk.open_panel(form)
    QTimer.singleShot(0, form, lambda: form.begin_at(field))
    return form
