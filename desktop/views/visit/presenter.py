"""Decides what the form of a visit does: drafts, judging, saving, going on to the next.

A draft is kept two seconds after the first keystroke, when a field is left, when the panel goes
away and when the window locks. It goes when the visit is saved, or when it is given up.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import shiboken6
from PySide6.QtCore import QObject, QTimer

from crm.domain.instants import SHANGHAI
from desktop.services.drafts import VISIT_FORM, drop_draft, save_draft
from desktop.services.forms import Saved, check, judged_with, save_visit
from desktop.services.ports import Draft
from desktop.services.visit_form import Opening, opening
from desktop.services.visits import VISIT
from desktop.views.language.formats import moment_text
from desktop.views.language.translating import current_language, translate
from desktop.views.shell.desk import Desk
from desktop.views.shell.undoing import undoing
from desktop.views.visit.form import VisitForm
from desktop.views.visit.words import say, summary, texts_of

DRAFT_AFTER_MS = 2000


class VisitPresenter(QObject):
    """One form about one customer; about one visit of theirs, where it is changed."""

    def __init__(
        self,
        form: VisitForm,
        desk: Desk,
        customer: str,
        *,
        visit: str | None = None,
    ) -> None:
        super().__init__(form)
        self._form, self._desk = form, desk
        self._customer, self._visit = customer, visit
        self._kind = desk.office.schema[VISIT]
        self._start = {"on": desk.today().isoformat(), "channel": "visit", "state": "completed"}
        self._kept: dict[str, str] = {}  # as it stands in the draft, or as the form began
        self._opened: Opening | None = None
        self._has_draft = self._saving = self._over = False
        self._timer = QTimer(self, singleShot=True, interval=DRAFT_AFTER_MS)
        self._timer.timeout.connect(self.keep_draft)
        self._connect()
        self._begin()

    def _connect(self) -> None:
        form = self._form
        form.edited.connect(self._edited)
        form.left.connect(self._left)
        form.save_asked.connect(partial(self.save, go_on=False))
        form.save_next_asked.connect(partial(self.save, go_on=True))
        form.close_asked.connect(self.close)
        form.jump_asked.connect(self._focus_first_problem)
        form.discard_asked.connect(self._discard)
        form.put_away.connect(self.keep_draft)

    # --- opening ---

    def _begin(self) -> None:
        self._put_start()
        reader, customer, visit = self._desk.office.reader, self._customer, self._visit
        self._desk.jobs.read(
            lambda _: opening(reader, customer, visit), self._loaded, self._failed_to_open
        )

    def _put_start(self) -> None:
        held = texts_of(self._opened.held) if self._opened else {}
        start = held if self._visit else self._start
        self._form.put({name: start.get(name, "") for name in self._form.fields})
        self._kept = self._form.typed()

    def _loaded(self, opened: Opening) -> None:
        if self._gone():
            return
        self._opened = opened
        self._form.show_who(opened.name, opened.place)
        self._form.next_step.offer((*opened.steps, *self._form.usual_steps()))
        if self._form.typed() != self._kept:
            return  # somebody types faster than the replica reads
        self._put_start()
        if opened.draft is not None:
            self._restore(opened.draft)

    def _restore(self, draft: Draft) -> None:
        self._form.put(draft.values)
        self._kept, self._has_draft = self._form.typed(), True
        when = moment_text(draft.saved_at, self._desk.now(), current_language())
        text = translate("Visit", "Your draft of {when} is here again.").format(when=when)
        self._form.tell_notice(text, translate("Visit", "Start afresh"))

    def _failed_to_open(self, error: Exception) -> None:
        if not self._gone():
            self._end()
        self._desk.tell_error(error)

    # --- drafts ---

    def keep_draft(self) -> None:
        """Keep what stands in the form, if that is not kept yet."""
        if self._gone() or self._saving:
            return
        typed = self._form.typed()
        if typed != self._kept:
            self._write(typed, self._tell_draft)

    def _write(self, typed: Mapping[str, str], then: Callable[[object], object]) -> None:
        before, self._kept, self._has_draft = self._kept, dict(typed), True
        office, record = self._desk.office, self._visit or self._customer

        def failed(error: Exception) -> None:
            if self._kept == typed:
                self._kept = before  # the next occasion tries again
            self._desk.tell_error(error)

        self._desk.jobs.write(
            lambda _: save_draft(office.new_uow, VISIT_FORM, record, typed), then, failed
        )

    def _tell_draft(self, _: object) -> None:
        if not self._gone():
            text = translate("Visit", "Draft kept {time}")
            self._form.show_draft(
                text.format(time=f"{self._desk.now().astimezone(SHANGHAI):%H:%M}")
            )

    def _discard(self) -> None:
        """Give the draft up and begin again."""
        office, record = self._desk.office, self._visit or self._customer
        self._timer.stop()
        self._has_draft = False
        self._put_start()
        for field in self._form.fields.values():
            field.clear_note()
        self._form.tell_notice("", "")
        self._form.show_draft("")
        self._form.show_summary("")
        self._desk.jobs.write(lambda _: drop_draft(office.new_uow, VISIT_FORM, record), _nothing)
        self._form.focus_begin()

    # --- judging ---

    def _edited(self, name: str) -> None:
        if not self._timer.isActive():
            self._timer.start()
        if self._form.fields[name].has_problem():
            self._form.fields[name].clear_note()  # judged again when it is left
            self._tell_summary()

    def _left(self, name: str) -> None:
        self._check(name)
        for other in judged_with(name):
            if self._form.fields[other].text():
                self._check(other)
        self._tell_summary()
        self.keep_draft()

    def _check(self, name: str) -> None:
        """Judge a field; an empty one is not called missing before the form is saved."""
        typed, today = self._form.typed(), self._desk.today()
        field = self._form.fields[name]
        held = self._opened.held if self._opened else {}
        if not typed[name].strip() and not field.has_problem():
            field.clear_note()
            return
        unchanged = typed[name] == texts_of(held).get(name)
        checked = check(self._kind, name, typed[name], typed, None if unchanged else today)
        say(field, self._kind, name, checked, today)

    def _tell_summary(self) -> None:
        wrong = [field.label() for field in self._form.fields.values() if field.has_problem()]
        self._form.show_summary(summary(wrong))

    def _focus_first_problem(self) -> None:
        for field in self._form.fields.values():
            if field.has_problem():
                field.focus()
                self._form.bring_into_sight(field)
                return

    # --- saving ---

    def save(self, *, go_on: bool) -> None:
        """Save; a form in order closes, and with `go_on` that of who is next in the list opens."""
        if self._saving or self._gone():
            return
        self._timer.stop()
        self.keep_draft()  # whatever becomes of the saving, the text is there again
        self._saving = True
        office, customer, visit = self._desk.office, self._customer, self._visit
        typed = self._form.typed()
        opened = self._opened.held if self._opened and visit else None
        self._desk.jobs.write(
            lambda _: save_visit(
                office.new_uow,
                office.schema,
                office.clock,
                customer,
                typed,
                visit,
                opened=opened,
            ),
            partial(self._saved, go_on=go_on),
            self._not_saved,
        )

    def _saved(self, saved: Saved, *, go_on: bool) -> None:
        self._saving = False
        if saved.problems:
            self._show_problems(saved)
            return
        self._tell_saved(saved)
        if not self._gone():
            self._end()
        if go_on:
            self._desk.go("customers", visit_after=self._customer)

    def _show_problems(self, saved: Saved) -> None:
        if self._gone():
            return
        for name, checked in saved.checked.items():
            if name in self._form.fields:
                say(self._form.fields[name], self._kind, name, checked, self._desk.today())
        self._tell_summary()
        self._focus_first_problem()

    def _not_saved(self, error: Exception) -> None:
        self._saving = False
        self._desk.tell_error(error)

    def _tell_saved(self, saved: Saved) -> None:
        name = self._opened.name if self._opened else ""
        if saved.more:
            text = translate(
                "Visit", "Visit to {name} recorded; the next step is on the to-do list"
            )
        elif self._visit:
            text = translate("Visit", "Visit to {name} changed")
        else:
            text = translate("Visit", "Visit to {name} recorded")
        text = text.format(name=name)
        self._desk.was_saved(undoing(self._desk.office.new_uow, saved.action, text), text)

    # --- closing ---

    def close(self) -> None:
        """Close the panel once what was typed is kept as a draft; stay where it cannot be."""
        if self._gone() or self._saving:
            return
        typed = self._form.typed()
        if typed != self._kept:
            self._write(typed, lambda _: self._close())
        else:
            self._close()

    def _close(self) -> None:
        if self._gone():
            return
        if self._has_draft:
            self._desk.toast(translate("Visit", "The draft is kept until you come back"))
        self._end()

    def _gone(self) -> bool:
        """Tell whether the panel has ended, or another has taken its place."""
        return self._over or not shiboken6.isValid(self._form)

    def _end(self) -> None:
        self._over = True
        self._timer.stop()
        self._desk.close_panel()


def _nothing(_: object) -> None:
    pass
