"""This computer: who works on it, what it holds, and the report for the technician."""

from __future__ import annotations

from PySide6.QtCore import Signal

from desktop.views.language.formats import size_text
from desktop.views.language.translating import counted
from desktop.views.parts.basics import Label, Speaking, column, row
from desktop.views.parts.buttons import Button
from desktop.views.parts.cards import Card, ValueLine
from desktop.views.settings.facts import Facts

ENROLMENT_SHOWN = 8  # characters: enough to tell laptops apart


class ThisComputer(Speaking):
    """Facts, and the button that saves the report."""

    save_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._card = Card()
        names = ("enrolment", "person", "branch", "customers", "size", "version")
        self.lines = {name: ValueLine(name_width=72) for name in names}
        for line in self.lines.values():
            self._card.body.addWidget(line)
        self.save = Button(icon_name="lifebuoy")
        self.save.clicked.connect(self.save_asked)
        self._note = Label("", "small", tone="text3", wrap=True)
        self._card.body.addLayout(row(self.save, None, margins=(0, 8, 0, 4)))
        self._card.body.addWidget(self._note)
        self.setLayout(column(self._card, None))
        self._facts: Facts | None = None
        self.retranslate()

    def retranslate(self) -> None:
        self._card.set_title(self.tr("This computer"))
        self.lines["enrolment"].set_name(self.tr("Number"))
        self.lines["person"].set_name(self.tr("Person"))
        self.lines["branch"].set_name(self.tr("Branch"))
        self.lines["customers"].set_name(self.tr("Holds"))
        self.lines["size"].set_name(self.tr("Takes"))
        self.lines["version"].set_name(self.tr("Version"))
        self.save.setText(self.tr("Save diagnostics report"))
        self._note.setText(self.tr("No customer is in the report."))
        if self._facts is not None:
            self.show_facts(self._facts)

    def show_facts(self, facts: Facts) -> None:
        self._facts = facts
        one, many = self.tr("{n} customer"), self.tr("{n} customers")
        told = {
            "enrolment": facts.person.enrolment[-ENROLMENT_SHOWN:],
            "person": facts.person.name,
            "branch": facts.person.branch,
            "customers": counted(facts.customers, one, many),
            "size": size_text(facts.size_bytes),
            "version": facts.version,
        }
        for name, value in told.items():
            self.lines[name].set_value(value)
