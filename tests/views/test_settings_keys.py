"""Settings change the passphrase and the key: beside the work, told where it is wrong, undone."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from crm.domain.errors import Locked
from desktop.app.profiles import unlocked
from desktop.app.rekeying import WANTED
from desktop.app.station import ProfileStation
from desktop.jobs.desk import Jobs
from desktop.services.preferences import PreferenceFile
from desktop.views.parts.strength import StrengthMeter
from desktop.views.settings.keys import KeysPresenter
from desktop.views.settings.page import SettingsPage
from desktop.views.settings.passphrase_panel import PassphrasePanel
from desktop.views.settings.presenter import SettingsPresenter
from desktop.views.shell.desk import Desk
from desktop.views.shell.opening import tell_about_keys
from tests.helpers.practice_profile import PASSPHRASE, PracticeLaptop, held

NEW = "seven lanterns at dusk"


@pytest.fixture
def laptop(tmp_path):
    return PracticeLaptop(tmp_path / "laptop", customers=1)


@pytest.fixture
def shown(qtbot, laptop):
    """The settings of an unlocked practice profile, and what they ask of the window."""
    office = ProfileStation(laptop.profile.folder).unlock(PASSPHRASE)
    jobs = Jobs()
    desk = Desk(office, jobs, PreferenceFile(laptop.profile.folder))
    page = SettingsPage()
    qtbot.addWidget(page)
    SettingsPresenter(page, desk)
    KeysPresenter(page.locking, desk)
    seen = SimpleNamespace(
        page=page, desk=desk, panels=[], toasts=[], questions=[], locks=[], errors=[]
    )

    def panel(widget):
        if widget is not None:
            qtbot.addWidget(widget)
        seen.panels.append(widget)

    desk.panel_wanted.connect(panel)
    desk.toast_wanted.connect(lambda text, *_: seen.toasts.append(text))
    desk.question_wanted.connect(seen.questions.append)
    desk.lock_wanted.connect(lambda: seen.locks.append(True))
    page.resize(1366, 768)
    page.show()
    yield seen
    assert jobs.close()
    office.close()


def typed(panel, **texts):
    for name, text in texts.items():
        panel.fields[name].set_text(text)


def opened(shown) -> PassphrasePanel:
    shown.page.locking.change.click()
    return shown.panels[-1]


def test_the_passphrase_is_changed_and_the_section_says_when(qtbot, shown, laptop):
    panel = opened(shown)
    typed(panel, old=PASSPHRASE, new=NEW, again=NEW)
    panel.save_button.click()
    qtbot.waitUntil(lambda: bool(shown.toasts), timeout=10_000)
    assert shown.panels[-1] is None
    assert panel.typed("new") == ""
    assert unlocked(laptop.profile, NEW).key == laptop.key
    with pytest.raises(Locked):
        unlocked(laptop.profile, PASSPHRASE)
    at = laptop.profile.vault.changed().passphrase[:10]
    qtbot.waitUntil(lambda: at[:4] in shown.page.locking._passphrase.words(), timeout=10_000)


@pytest.mark.parametrize(
    ("texts", "field"),
    [
        ({"old": "", "new": NEW, "again": NEW}, "old"),
        ({"old": PASSPHRASE, "new": "", "again": ""}, "new"),
        ({"old": PASSPHRASE, "new": NEW, "again": "another"}, "again"),
        ({"old": "a wrong one", "new": NEW, "again": NEW}, "old"),
        ({"old": PASSPHRASE, "new": "short", "again": "short"}, "new"),
    ],
)
def test_what_is_wrong_is_told_at_its_field_and_changes_nothing(qtbot, shown, laptop, texts, field):
    panel = opened(shown)
    typed(panel, **texts)
    panel.save_button.click()
    qtbot.waitUntil(panel.fields[field].has_problem, timeout=10_000)
    assert not panel.busy
    assert unlocked(laptop.profile, PASSPHRASE).key == laptop.key


def test_how_strong_it_is_shows_while_it_is_typed(qtbot, shown):
    panel = opened(shown)
    panel.show()
    qtbot.keyClicks(panel.fields["new"].line, "12345678")
    qtbot.waitUntil(lambda: panel.strength.text() != "", timeout=10_000)
    weak = panel.strength.text()
    panel.fields["new"].line.clear()
    qtbot.keyClicks(panel.fields["new"].line, NEW)
    qtbot.waitUntil(lambda: panel.strength.text() not in ("", weak), timeout=10_000)
    panel.fields["new"].line.selectAll()
    qtbot.keyClicks(panel.fields["new"].line, "\b")
    qtbot.waitUntil(lambda: panel.strength.text() == "", timeout=10_000)


def test_a_meter_says_it_in_words_and_not_by_colour_alone(qtbot):
    meter, said = StrengthMeter(), set()
    qtbot.addWidget(meter)
    for score in range(5):
        meter.show_strength(SimpleNamespace(score=score, advice=()))
        said.add(meter.accessibleName())
    assert len(said) == 5


def test_a_new_key_is_asked_about_locks_and_is_made_by_the_next_unlocking(qtbot, shown, laptop):
    shown.page.locking.rekey.click()
    qtbot.waitUntil(lambda: bool(shown.questions), timeout=10_000)
    *_, then = shown.questions[-1]
    then()
    qtbot.waitUntil(lambda: bool(shown.locks), timeout=10_000)
    shown.desk.office.close()

    station = ProfileStation(laptop.profile.folder)
    assert station.rekey_wanted()
    office = station.unlock(PASSPHRASE)
    assert office.keys.rekeyed
    office.close()
    assert unlocked(laptop.profile, PASSPHRASE).key != laptop.key
    assert held(laptop.profile) == laptop.names
    assert not station.rekey_wanted()


def test_a_wish_for_a_new_key_can_be_taken_back(qtbot, shown, laptop):
    shown.desk.office.keys.want_rekey(True)
    shown.page.locking.rekey.click()
    wish = laptop.profile.folder / WANTED
    qtbot.waitUntil(lambda: not wish.exists(), timeout=10_000)
    assert shown.questions == shown.locks == []


def test_a_new_key_that_cannot_be_made_keeps_nobody_out_and_says_why(shown, laptop):
    """The settings have the replica open."""
    shown.desk.office.keys.want_rekey(True)
    office = ProfileStation(laptop.profile.folder).unlock(PASSPHRASE)
    try:
        assert office.keys.rekey_failed.code == "replica.rekey.in_use"
        assert not office.keys.rekeyed
    finally:
        office.close()
    assert unlocked(laptop.profile, PASSPHRASE).key == laptop.key


def test_wrong_tries_are_told_once_with_the_way_to_another_passphrase(qtbot, shown, laptop):
    for _ in range(3):
        with pytest.raises(Locked):
            unlocked(laptop.profile, "a wrong one")
    told = []
    for _ in range(2):
        office = ProfileStation(laptop.profile.folder).unlock(PASSPHRASE)
        desk = Desk(office, shown.desk.jobs, PreferenceFile(laptop.profile.folder))
        desk.question_wanted.connect(told.append)
        went = []
        desk.go_wanted.connect(lambda screen, what, went=went: went.append((screen, what)))
        tell_about_keys(desk)
        office.close()
    assert len(told) == 1
    title, text, *_, then = told[0]
    assert "3" in title
    assert "2" in text
    then()
