"""An office on a real encrypted replica, with a server that only exists in the test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from crm.domain.kinds import SCHEMA
from desktop import mailing
from desktop.services.office import Office, Person
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
        self.destroyed = ""  # why what is left is to be removed
        self._office, self._passphrase, self._refusal = office, passphrase, refusal

    def enrol(self, given):
        self.enrolled = True

    def warm_up(self):
        pass

    def finish_destroying(self):
        destroyed, self.destroyed = self.destroyed, ""
        self.enrolled = self.enrolled and not destroyed
        return destroyed

    def unlock(self, passphrase):
        self.tried.append(passphrase)
        if passphrase != self._passphrase:
            raise self._refusal
        return self._office
