"""A locked window holds nothing: not in its memory, not in what others see of it."""

from __future__ import annotations

import os
import re
import signal
from contextlib import closing
from pathlib import Path

import pytest

from desktop.app.profiles import Profile, open_replica
from tests.helpers import window_day as steps
from tests.helpers.commands import finish
from tests.helpers.logind import SESSION, logind
from tests.helpers.process_memory import found_in_memory
from tests.helpers.profiles import a_profile
from tests.helpers.screen import missing_programs, screen
from tests.helpers.x_properties import onlooker

pytestmark = [
    pytest.mark.skipif(
        bool(missing_programs()) and os.environ.get("CI") != "true",
        reason=f"not installed: {', '.join(missing_programs())}",
    ),
    pytest.mark.skipif(
        not Path("/proc/self/mem").exists() or os.geteuid() != 0,
        reason="looking into a process that hides its memory needs root, on Linux",
    ),
]
PLANTED = {
    "name": "诸葛𠮷祥",
    "plain name": "上官云珊",
    "phone": "15400007731",
    "identity": "430424196803204417",
    "draft": "谈了孙子的教育金三十万",
}
SHOWN = PLANTED["plain name"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with screen(tmp_path_factory.mktemp("screen")) as running:
        yield running


@pytest.fixture
def planted(tmp_path):
    """(laptop, what must not be found once it is locked)"""
    laptop, replica, key = a_profile(tmp_path / "laptop")
    with replica.unit_of_work() as uow:
        for name in (PLANTED["name"], SHOWN):
            uow.create("customer", _fields(name), home=f"portfolio:{replica.identity().user}")
        uow.commit()
    replica.close()
    return laptop, {**PLANTED, "passphrase": laptop.passphrase, "key": key.raw}


def _fields(name):
    return {
        "name": name,
        "gender": "male",
        "birth_date": "1968-03-20",
        "phone": f"+86{PLANTED['phone']}",
        "id_type": "resident_id",
        "id_number": PLANTED["identity"],
    }


def type_a_visit(window):
    """Open somebody's page and type half a visit, which is copied as well."""
    steps.unlock(window)
    window.find(re.compile(f"^{SHOWN}, "), "filler")  # the first of the list is shown
    steps.begin_visit(window)
    window.keys("Tab")
    window.type(PLANTED["draft"])
    window.find(re.compile("^Draft kept"))
    window.keys("ctrl+a", "ctrl+c")


def told_by_the_system(place, window):
    """Return all that task bars, switchers and screen readers get to hear, as bytes."""
    with onlooker(place.display) as others:
        assert b"Yizhan" in others.properties("_NET_WM_NAME")
        texts = b"\n".join(value for _, value in others.everything())
        pasted = [what for what in ("CLIPBOARD", "PRIMARY") if others.holds_copied(what)]
    return texts + window.tree(cells=True).outline().encode(), pasted


def kept_drafts(laptop):
    """Return what is half typed in a profile that nobody has open."""
    held = open_replica(Profile(laptop.profile), laptop.passphrase)
    with closing(held) as replica, replica.reader() as reader:
        return str(reader.drafts())


def test_after_a_lock_nothing_is_left_in_memory_or_in_sight_but_the_draft_is_kept(place, planted):
    laptop, secrets = planted
    with steps.opened(place, laptop.profile) as window:
        type_a_visit(window)
        pid, before = window.process.pid, found_in_memory(window.process.pid, secrets)
        assert before.keys() >= {*PLANTED, "key"}, before  # the search finds what is there
        texts, pasted = told_by_the_system(place, window)
        assert (SHOWN.encode() in texts, "CLIPBOARD" in pasted) == (True, True)
        window.keys("ctrl+l")
        window.find("Passphrase", "text", "focused")
        assert found_in_memory(pid, secrets) == {}
        texts, pasted = told_by_the_system(place, window)
        assert ([what for what in PLANTED.values() if what.encode() in texts], pasted) == ([], [])
        assert PLANTED["draft"] in kept_drafts(laptop)


@pytest.mark.slow
def test_after_unlocking_the_draft_is_there_again_and_the_profile_is_held(place, planted):
    laptop, _ = planted
    with steps.opened(place, laptop.profile) as window:
        type_a_visit(window)
        window.keys("ctrl+l")
        window.find("Passphrase", "text", "focused")
        second = laptop.start("window", env=place.env)
        assert finish(second, timeout_s=20).code == 0
        steps.unlock(window)
        steps.find_anywhere(window, SHOWN)
        window.keys("alt+v")
        window.find(re.compile("^Your draft of .* is here again"))
        assert window.text("Summary", "text") == PLANTED["draft"]


@pytest.mark.slow
def test_a_window_that_is_killed_leaves_nothing_that_can_be_read(place, planted):
    laptop, _ = planted
    with steps.opened(place, laptop.profile) as window:
        type_a_visit(window)
        os.kill(window.process.pid, signal.SIGKILL)
        window.ended()
    with onlooker(place.display) as others:
        assert not others.holds_copied("CLIPBOARD")
    left = [path for path in laptop.profile.rglob("*") if path.is_file()]
    left += [path for path in place.folder.rglob("*") if path.is_file()]
    assert {path.name for path in left} >= {"replica.db", "greeting.json", "vault.json"}
    readable = [
        (path.name, name, code)
        for path in left
        for name, what in PLANTED.items()
        for code in ("utf-8", "utf-16-le", "utf-32-le")
        if what.encode(code) in path.read_bytes()
    ]
    assert readable == []


@pytest.mark.slow
def test_the_laptop_that_is_shut_locks_first_and_then_sleeps(place, planted, tmp_path):
    laptop, secrets = planted
    with logind(tmp_path) as system:
        env = {"DBUS_SYSTEM_BUS_ADDRESS": system.address, "XDG_SESSION_ID": SESSION}
        with steps.opened(place, laptop.profile, **env) as window:
            steps.unlock(window)
            window.until(lambda: system.delays() == 1, "a delay")
            system.sleep(begins=True)
            window.find("Passphrase", "text", "focused")
            window.until(lambda: system.delays() == 0, "the delay to be given back")
            assert found_in_memory(window.process.pid, secrets) == {}
