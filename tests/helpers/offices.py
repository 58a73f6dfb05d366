"""An office on a real encrypted replica, with a server that only exists in the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from crm.domain.errors import Locked
from crm.domain.kinds import SCHEMA
from desktop import mailing
from desktop.services.office import Office, Person
from desktop.vault.passphrases import check_new_passphrase
from desktop.vault.strength import strength
from tests.helpers.fakes import Laptop

NOW = datetime(2026, 3, 18, 1, 30, tzinfo=UTC)  # 09:30 in Shanghai, a Wednesday
PERSON = Person(
    name="李晓梅",
    branch="石湾支局",
    role="manager",
    user="00000000-0000-7000-8000-000000000001",
    practice=True,
    server_url="http://127.0.0.1:1",
    enrolment="enrolment-1",
)


def an_office(laptop: Laptop, **changes) -> Office:
    """The office of a laptop of tests.helpers.fakes; `changes` replace what it brings."""

    def no_sync(progress):
        raise AssertionError("this test does not sync")

    def no_copy(file, progress):
        raise AssertionError("this test saves no copy")

    def no_enrolment(given, progress):
        raise AssertionError("this test does not enrol")

    usual = Office(
        reader=laptop.replica.reader,
        new_uow=laptop.replica.unit_of_work,
        schema=SCHEMA,
        person=PERSON,
        clock=lambda: NOW,
        folder=laptop.folder,
        sync=no_sync,
        verify=no_sync,
        server_answers=lambda _: False,
        printing=mailing,
        examine=dict,
        back_up=no_copy,
        enrol_again=no_enrolment,
        close=lambda: None,
    )
    return replace(usual, **changes)


class FakeStation:
    """A profile that opens with one passphrase."""

    def __init__(self, office, passphrase="right words", *, enrolled=True, refusal=None):
        self.folder = office.folder
        self.enrolled = enrolled
        self.tried = []
        self.waits_s = 0  # before the next try
        self.destroyed = ""  # why what is left is to be removed
        self.digits, self.states, self.forgot = "", [], []  # of a forgotten passphrase
        self._office, self._passphrase, self._refusal = office, passphrase, refusal

    def enrol(self, given):
        self.enrolled = True

    def check_passphrase(self, passphrase, *, practice, own_words=()):
        check_new_passphrase(passphrase, practice=practice, own_words=own_words)

    def strength(self, passphrase, own_words=()):
        return strength(passphrase, own_words)

    def waiting_s(self):
        return self.waits_s

    def rekey_wanted(self):
        return False

    def warm_up(self):
        pass

    def finish_destroying(self):
        destroyed, self.destroyed = self.destroyed, ""
        self.enrolled = self.enrolled and not destroyed
        return destroyed

    def recovery_digits(self):
        return self.digits

    def recovery_server(self):
        return "https://crm.example"

    def ask_recovery(self, given):
        self.forgot.append(given)
        if self._refusal is not None and given.password != "right password":
            raise self._refusal
        self.digits = "042117"
        return self.digits

    def go_on_recovering(self, passphrase):
        if passphrase != self.forgot[-1].passphrase:
            raise Locked("vault.passphrase.wrong")
        state = self.states.pop(0)
        if state == "recovered":
            self._passphrase = passphrase
        if state != "waiting":
            self.digits = ""
        return state

    def unlock(self, passphrase):
        self.tried.append(passphrase)
        if passphrase != self._passphrase:
            raise self._refusal
        return self._office
