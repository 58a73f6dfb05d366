"""The panel that records what a customer said: a consent, a refusal, or a withdrawal."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QTimer

from crm.domain.consent import KIND
from crm.domain.kind import Schema
from desktop.services.consent import needs_guardian, save_statement
from desktop.services.ports import Held, UowFactory
from desktop.services.undo import Action
from desktop.views.customer.add import AddPanel
from desktop.views.customer.form import Group
from desktop.views.parts.fields import ChoiceField
from desktop.views.shell.desk import Desk

_WHAT = (("decision",), ("purpose", "channel"), ("said_on",))
_EVIDENCE = (("evidence",), ("evidence_note",), ("from_on", "until_on"))
_GUARDIAN = (("guardian_name",), ("guardian_relation",))
_WITHDRAWAL = (("purpose", "channel"), ("said_on",), ("evidence_note",))
WITHDRAWN = "withdrawn"


class ConsentPanel(AddPanel):
    """A form for one statement. Of a withdrawal it asks no more than what and when."""

    def __init__(self, desk: Desk, customer: Held, purpose: str, *, withdrawal: bool) -> None:
        self._withdrawal, self._purpose = withdrawal, purpose
        self._child = needs_guardian(customer.fields, desk.today())
        super().__init__(desk, KIND, customer, self._groups(), self._save_it)
        self.fields_form.set_texts(self._start())
        if not withdrawal:
            self._drop_withdrawing()

    def _groups(self) -> tuple[Group, ...]:
        if self._withdrawal:
            return (Group("", _WITHDRAWAL),)
        guardian = (Group("guardian", _GUARDIAN),) if self._child else ()
        return (Group("", _WHAT), *guardian, Group("evidence", _EVIDENCE))

    def _start(self) -> dict[str, str]:
        start = {"purpose": self._purpose, "said_on": self._desk.today().isoformat()}
        if self._withdrawal:
            return {**start, "channel": "any"}
        return {**start, "decision": "granted"}

    def _save_it(
        self, new_uow: UowFactory, schema: Schema, customer: str, typed: Mapping[str, str]
    ) -> Action | None:
        return save_statement(new_uow, schema, customer, typed, self._desk.today())

    def _typed(self) -> dict[str, str]:
        typed = super()._typed()
        return {**typed, "decision": WITHDRAWN} if self._withdrawal else typed

    def retranslate(self) -> None:
        super().retranslate()
        if not self._withdrawal:
            self._drop_withdrawing()

    def _drop_withdrawing(self) -> None:
        """Offer to agree and to refuse: a withdrawal has a panel of its own."""
        field = self.fields_form.fields["decision"]
        if not isinstance(field, ChoiceField):
            raise TypeError("a decision is a choice")
        kept, offered = field.text(), self._voice().choices(KIND, "decision")
        field.fill([pair for pair in offered if pair[0] != WITHDRAWN])
        field.set_text(kept or "granted")

    def title(self) -> str:
        return self.tr("Withdraw a consent") if self._withdrawal else self.tr("What was said")

    def headings(self) -> Mapping[str, str]:
        return {
            "guardian": self.tr("Under 14: who agrees for the child"),
            "evidence": self.tr("Evidence of the consent"),
        }

    def _read_draft(self) -> None:
        """A draft must not change what this panel was opened for."""
        if not self._purpose:
            super()._read_draft()

    def keep_draft(self) -> None:
        if not self._purpose:
            super().keep_draft()


def open_consent(desk: Desk, customer: Held, purpose: str, *, withdrawal: bool) -> ConsentPanel:
    """Open the panel; `purpose` may be "" where it is still to be chosen."""
    panel = ConsentPanel(desk, customer, purpose, withdrawal=withdrawal)
    desk.open_panel(panel)
    names = ("channel", "purpose") if purpose else ("decision", "purpose")
    first = next(panel.fields_form.fields[n] for n in names if n in panel.fields_form.fields)
    QTimer.singleShot(0, panel, first.focus)
    return panel
