"""Opens the panel that adds a way to reach a customer, or a member of the household."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, QTimer

from crm.domain.errors import Refused
from crm.domain.instants import instant_text
from crm.domain.kind import Kind, Schema
from desktop.services.customers import add_contact_point, add_household_member
from desktop.services.drafts import draft, drop_draft, save_draft
from desktop.services.forms import Checked, check_all
from desktop.services.ports import Draft, Held, UowFactory
from desktop.services.undo import Action
from desktop.views.customer.customer_form import DRAFT_EVERY_MS
from desktop.views.customer.form import Group, RecordForm
from desktop.views.customer.words import Voice, note_of
from desktop.views.language.formats import moment_text
from desktop.views.parts.panel import SidePanel
from desktop.views.shell.desk import Desk
from desktop.views.shell.undoing import undoing

_GROUPS = {
    "contact_point": (Group("", (("type",), ("value",), ("note",))),),
    "household_member": (Group("", (("name", "relation"), ("birth_date",), ("note",))),),
}
Saver = Callable[[UowFactory, Schema, str, Mapping[str, str]], Action | None]
_SAVERS: Mapping[str, Saver] = {
    "contact_point": add_contact_point,
    "household_member": add_household_member,
}


class AddPanel(SidePanel):
    """A small form for one record below a customer. Its draft is kept as those of large ones."""

    def __init__(
        self,
        desk: Desk,
        kind: str,
        customer: Held,
        groups: Sequence[Group] | None = None,
        save: Saver | None = None,
    ) -> None:
        super().__init__()
        self._desk, self._customer = desk, customer
        self._kind, self._save = desk.office.schema[kind], save or _SAVERS[kind]
        self._touched = self._changed = self._saving = False
        self.fields_form = RecordForm(self._kind, groups or _GROUPS[kind])
        self.form.addWidget(self.fields_form)
        self.form.addStretch(1)
        self._timer = QTimer(self, singleShot=True, interval=DRAFT_EVERY_MS)
        self._timer.timeout.connect(self.keep_draft)
        self.fields_form.edited.connect(self._edited)
        self.fields_form.left.connect(self.keep_draft)
        self.save_asked.connect(self.save)
        self.close_asked.connect(self.close_form)
        self.jump_asked.connect(self._go_to_problem)
        self.retranslate()
        self._read_draft()

    def retranslate(self) -> None:
        super().retranslate()
        self.set_heading(self.title(), str(self._customer.fields.get("name") or ""))
        self.fields_form.say(self._voice(), self.headings(), {})

    def title(self) -> str:
        contact = self._kind.name == "contact_point"
        return self.tr("New contact") if contact else self.tr("New family member")

    def headings(self) -> Mapping[str, str]:
        """Return the headings of the form's groups."""
        return {}

    def _voice(self) -> Voice:
        return Voice(self._desk.language, self._desk.now(), self._desk.office.schema)

    # --- drafts ---

    def _read_draft(self) -> None:
        reader, form, record = self._desk.office.reader, self._kind.name, self._customer.id
        self._desk.jobs.read(lambda _: draft(reader, form, record), self._restore)

    def _restore(self, kept: Draft | None) -> None:
        """Go on from a draft, unless the person was faster and has begun to type."""
        if kept is not None and _valid(self) and not self._touched:
            self.fields_form.restore(kept.values)
            self.show_draft(self._draft_words(kept.saved_at))

    def _edited(self, name: str) -> None:
        self._touched = self._changed = True
        self.fields_form.fields[name].clear_note()
        if not self._timer.isActive():
            self._timer.start()

    def keep_draft(self) -> None:
        """Keep what stands here; nothing is kept of a form that was emptied again."""
        self._timer.stop()
        if not self._changed or self._saving:
            return
        self._changed = False
        new_uow, form, record = self._desk.office.new_uow, self._kind.name, self._customer.id
        typed, at = self._typed(), instant_text(self._desk.now())

        def work(_: object) -> None:
            if typed:
                save_draft(new_uow, form, record, typed)
            else:
                drop_draft(new_uow, form, record)

        told = at if typed else ""
        self._desk.jobs.write(work, lambda _: self._draft_kept(told), self._draft_not_kept)

    def _draft_kept(self, at: str) -> None:
        if _valid(self):
            self.show_draft(self._draft_words(at) if at else "")

    def _draft_not_kept(self, error: Exception) -> None:
        self._changed = True  # the next occasion tries again
        self._desk.tell_error(error)

    def _draft_words(self, at: str) -> str:
        moment = moment_text(at, self._desk.now(), self._desk.language)
        return self.tr("Draft kept {moment}").format(moment=moment)

    def _typed(self) -> dict[str, str]:
        return {n: text for n, text in self.fields_form.texts().items() if text.strip()}

    def close_form(self) -> None:
        """Close; what was typed is kept as a draft."""
        self.keep_draft()
        self._desk.close_panel()

    # --- saving ---

    def save(self) -> None:
        """Check everything, then save; both off the GUI thread."""
        if self._saving:
            return
        self.keep_draft()  # whatever becomes of the saving, the text is there again
        self._saving = True
        office, customer, today = self._desk.office, self._customer.id, self._desk.today()
        typed, kind, save = self._typed(), self._kind, self._save

        def work(_: object) -> dict[str, Checked] | Action | None:
            checked = {**check_all(kind, typed, {}, today, whole=True), **_unnamed(kind, typed)}
            if any(one.problem for one in checked.values()):
                return checked
            return save(office.new_uow, office.schema, customer, typed)

        self._desk.jobs.write(work, self._saved, self._not_saved)

    def _saved(self, result: dict[str, Checked] | Action | None) -> None:
        self._saving = False
        if isinstance(result, dict):
            if _valid(self):
                self._tell_problems(result)
            return
        words = self.tr("{kind} added").format(kind=self._voice().kind(self._kind.name))
        if _valid(self):  # another panel may be open by now
            self._changed = False
            self._desk.close_panel()
        self._desk.was_saved(undoing(self._desk.office.new_uow, result, words), words)

    def _tell_problems(self, checked: dict[str, Checked]) -> None:
        for name, one in checked.items():
            if name in self.fields_form.fields:
                self.fields_form.note(name, note_of(self._voice(), self._kind, name, one))
        self._go_to_problem()

    def _not_saved(self, error: Exception) -> None:
        """A rule of the whole record refused it: say so beside the field it names."""
        self._saving = False
        name = str(error.facts.get("field")) if isinstance(error, Refused) else ""
        if isinstance(error, Refused) and _valid(self) and name in self.fields_form.fields:
            self._tell_problems({name: Checked(problem=error.code, facts=error.facts)})
        else:
            self._desk.tell_error(error)

    def _go_to_problem(self) -> None:
        if name := self.fields_form.first_problem():
            self.fields_form.fields[name].focus()


def _unnamed(kind: Kind, typed: Mapping[str, str]) -> dict[str, Checked]:
    """A member may be another's customer and then has no name; one who is typed in has."""
    if kind.name != "household_member" or "name" in typed:
        return {}
    return {"name": Checked(problem="field.required", facts={"field": "name", "limit": 0})}


def _valid(panel: QObject) -> bool:
    import shiboken6

    return bool(shiboken6.isValid(panel))


def open_add(desk: Desk, kind: str, customer: Held) -> AddPanel:
    """Open the panel for a `contact_point` or a `household_member`."""
    panel = AddPanel(desk, kind, customer)
    desk.open_panel(panel)
    first = next(iter(panel.fields_form.fields.values()))
    QTimer.singleShot(0, panel, first.focus)
    return panel
