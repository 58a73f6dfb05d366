"""Settings save a copy of the laptop: beside the work, with a way to stop, never over a file."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from desktop.app import copies
from desktop.app.profiles import Profile, open_replica
from desktop.app.station import ProfileStation
from desktop.jobs.desk import Jobs
from desktop.services.ports import Identity
from desktop.services.preferences import PreferenceFile
from desktop.storage.replica import Replica
from desktop.vault.keys import LEAST_COST
from desktop.vault.system_keyring import SystemKeyring
from desktop.views.settings.copying import CopyPresenter, ask_file
from desktop.views.settings.page import SettingsPage
from desktop.views.shell.desk import Desk
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.offices import NOW, an_office

PASSPHRASE = "four right words here"
ME = Identity(
    server_url="http://127.0.0.1:9",
    server_key="",
    token="t",
    enrolment=new_id(),
    user=new_id(),
    name="李晓梅",
    branch=None,
    role="manager",
    practice=True,
    incarnation=new_id(),
    baton=new_id(),
)


@pytest.fixture
def office(tmp_path):
    """A real profile that no server knows; one edit waits in it."""
    profile = Profile(tmp_path / "laptop")
    profile.prepare()
    key = profile.vault.create(
        PASSPHRASE, practice=True, enrolment=ME.enrolment, keyring=SystemKeyring(), cost=LEAST_COST
    )
    replica = Replica.create(profile.replica_path, key.raw, SCHEMA)
    replica.enrolled(ME)
    replica.close()
    made = ProfileStation(profile.folder).unlock(PASSPHRASE)
    with made.new_uow() as uow:
        uow.create("customer", {"name": "赵国栋"}, home=f"portfolio:{ME.user}")
        uow.commit()
    yield made
    made.close()


@pytest.fixture
def shown(qtbot, stalls, tmp_path):
    """Return what shows the settings of an office; a file that is asked for is copy.yizhan."""
    desks = []

    def show(office):
        with stalls.left_out():
            desk = Desk(office, Jobs(), PreferenceFile(tmp_path))
            page = SettingsPage()
            qtbot.addWidget(page)
        file, names, toasts = tmp_path / "copy.yizhan", [], []

        def ask(_, name, then):
            names.append(name)
            then(str(file))

        CopyPresenter(page.copies, desk, ask)
        page.resize(1270, 690)
        page.show()
        page.enter({"section": "copies"})
        desk.toast_wanted.connect(lambda text, _, good: toasts.append((text, good)))
        desks.append(desk)
        qtbot.waitUntil(page.copies.save.isVisible, timeout=5_000)
        return SimpleNamespace(
            section=page.copies, page=page, desk=desk, file=file, names=names, toasts=toasts
        )

    yield show
    for desk in desks:
        assert desk.jobs.close()


def save(qtbot, at):
    at.section.save.click()
    qtbot.waitUntil(lambda: bool(at.toasts), timeout=20_000)
    return at.toasts[-1]


def test_a_copy_is_saved_and_the_laptop_can_be_had_back_from_it(qtbot, office, shown, tmp_path):
    at = shown(office)
    said, good = save(qtbot, at)
    assert good
    assert said == "Copy saved: copy.yizhan. 1 edit in it has not been sent yet."
    assert at.names[0].endswith(".yizhan")
    again = Profile(tmp_path / "again")
    copies.restore(again, PASSPHRASE, at.file, replace=False)
    replica = open_replica(again, PASSPHRASE)
    with replica.reader() as reader:
        assert [held.fields["name"] for held in reader.customers()] == ["赵国栋"]
    replica.close()


def test_a_file_that_is_there_is_never_replaced(qtbot, office, shown):
    at = shown(office)
    at.file.write_bytes(b"something else")
    said, good = save(qtbot, at)
    assert not good
    assert "already" in said
    assert at.file.read_bytes() == b"something else"
    assert at.section.save.isEnabled()


def test_how_far_it_is_shows_and_it_can_be_stopped(qtbot, shown, tmp_path):
    laptop, going = Laptop(tmp_path / "laptop"), threading.Event()

    def slow(file, progress):
        progress.stage("copy")
        progress.step(12_000_000, 48_000_000)
        going.set()
        while True:
            progress.wait(0.005)

    at = shown(an_office(laptop, back_up=slow))
    section = at.section
    section.save.click()
    assert section.progress.isVisible()
    assert not section.save.isEnabled()
    qtbot.waitUntil(lambda: "12 / 48" in section.progress.accessibleName(), timeout=5_000)
    assert going.is_set()
    assert walking.unnamed(at.page) == walking.unreachable(at.page) == []
    section.progress.cancel.click()
    qtbot.waitUntil(lambda: bool(at.toasts), timeout=5_000)
    assert at.toasts == [("Stopped; no copy was saved.", True)]
    assert not section.progress.isVisible()
    assert section.save.isEnabled()
    laptop.replica.close()


def test_the_dialog_does_not_offer_to_replace_a_file(qtbot, shown, tmp_path):
    laptop = Laptop(tmp_path / "laptop")
    at = shown(an_office(laptop))
    dialog = ask_file(at.page, f"yizhan-{NOW:%Y%m%d}.yizhan", at.names.append)
    assert dialog.testOption(dialog.Option.DontConfirmOverwrite)
    assert dialog.defaultSuffix() == "yizhan"
    dialog.reject()
    assert at.names == []
    laptop.replica.close()


def test_a_search_finds_the_copy(shown, tmp_path):
    laptop = Laptop(tmp_path / "laptop")
    at = shown(an_office(laptop))
    at.page.nav.search.setText("another disk")
    assert [key for key, each in at.page.sections.items() if each.isVisible()] == ["copies"]
    assert not at.section.progress.isVisible()
    laptop.replica.close()
