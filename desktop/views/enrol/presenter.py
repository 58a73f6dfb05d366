"""Decides what the first run does: checks what is typed, asks the server off the GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from crm.domain.errors import UserError
from desktop.jobs.desk import Jobs
from desktop.views.enrol.entered import Entered, differs, own_passphrase_problem, problems
from desktop.views.enrol.page import EnrolPage
from desktop.views.enrol.refusals import CHANGE_REQUIRED, refusal
from desktop.views.language.translating import translate
from desktop.views.parts.strength import StrengthWatch

if TYPE_CHECKING:
    from desktop.services.office import Station, Strength


class EnrolPresenter(QObject):
    """One enrolment, tried until it succeeds."""

    def __init__(self, page: EnrolPage, station: Station, jobs: Jobs) -> None:
        super().__init__(page)
        self._page, self._station, self._jobs = page, station, jobs
        page.enrol_asked.connect(self._enrol)
        page.left_field.connect(self._check)
        self._watch = StrengthWatch(page.fields["passphrase"], page.strength, jobs, self._strength)
        jobs.read(lambda _: station.strength("x"), lambda _: None)  # loads it before it is typed

    def _strength(self, passphrase: str) -> Strength:
        return self._station.strength(passphrase, self._page.entered().own_words())

    def _check(self, name: str) -> None:
        """Check a field that was left; an empty one is not complained of yet."""
        typed = self._page.entered()
        if name == "passphrase" and typed.passphrase:
            check = self._station.check_passphrase
            self._page.show_problem(name, own_passphrase_problem(typed, check))
        elif name == "again" and typed.again:
            self._page.show_problem(name, "" if typed.again == typed.passphrase else differs())
        elif name == "new_again" and typed.new_again:
            same = typed.new_again == typed.new_password
            self._page.show_problem(name, "" if same else differs())

    def _enrol(self, entered: Entered) -> None:
        found = problems(entered, self._station.check_passphrase)
        self._page.show_problems(found)
        if not found:
            self._page.show_busy(True)
            enrolment = entered.enrolment()
            self._jobs.long(
                lambda _: self._station.enrol(enrolment), lambda _: self._done(), self._refused
            )

    def _done(self) -> None:
        self._page.show_busy(False)
        self._page.forget_secrets()
        self._page.enrolled.emit()

    def _refused(self, error: Exception) -> None:
        self._page.show_busy(False)
        if not isinstance(error, UserError):
            what = translate("Enrol", "Something went wrong that should not.")
            self._page.refuse(what, translate("Enrol", "Please try again."))
            raise error  # for the report that is written of every fault
        told = refusal(error)
        if error.code == CHANGE_REQUIRED:
            self._page.ask_new_password()
        if told.field:
            self._page.show_problems({told.field: told.text})
        else:
            self._page.refuse(told.what, told.remedy)
