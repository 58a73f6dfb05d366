"""A lock begins the program anew; the window stands where and how it stood, and disturbs nobody."""

from __future__ import annotations

import os
import sys

import pytest

from tests.helpers import toy_window
from tests.helpers import window_day as steps
from tests.helpers.commands import finish
from tests.helpers.logind import SESSION, logind
from tests.helpers.profiles import a_profile
from tests.helpers.screen import missing_programs, screen
from tests.helpers.window_driver import window as a_window
from tests.helpers.x_properties import onlooker

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        bool(missing_programs()) and os.environ.get("CI") != "true",
        reason=f"not installed: {', '.join(missing_programs())}",
    ),
]


@pytest.fixture
def place(tmp_path):
    (tmp_path / "screen").mkdir()
    with screen(tmp_path / "screen") as running:
        yield running


@pytest.fixture
def system(tmp_path):
    with logind(tmp_path) as running:
        yield running


@pytest.fixture
def unlocked(place, system, tmp_path):
    """(window, laptop), unlocked; the session of `system` locks it."""
    laptop, replica, _ = a_profile(tmp_path / "laptop")
    replica.close()
    env = {"DBUS_SYSTEM_BUS_ADDRESS": system.address, "XDG_SESSION_ID": SESSION}
    with steps.opened(place, laptop.profile, **env) as window:
        steps.unlock(window)
        window.until(lambda: system.delays() == 1, "a delay")
        yield window, laptop


def begun_anew(window, system):
    """Wait until the old process has gone: what it held open is closed then."""
    window.until(lambda: system.delays() == 0, "the process to begin anew")


def test_the_window_is_again_where_it_was_and_as_large(place, system, unlocked):
    window, _ = unlocked
    with onlooker(place.display) as person:
        person.place(person.window("Yizhan"), 150, 90, 1010, 560)
    frame = window.find("Yizhan", "filler", "active")
    window.until(lambda: window._reader.box(frame)[2:] == (1010, 560), "the new size")
    before = window._place_at_rest(frame)
    system.lock()
    begun_anew(window, system)
    window.find("Passphrase", "text", "focused")
    assert window._place_at_rest(window.find("Yizhan", "filler", "active")) == before


def test_a_minimized_window_stays_an_icon_until_it_is_asked_for(place, system, unlocked):
    window, laptop = unlocked
    with onlooker(place.display) as person:
        shown = person.window("Yizhan")
        person.minimize(shown)
        window.until(lambda: not person.is_in_sight(shown), "an icon")
    system.lock()
    begun_anew(window, system)
    with onlooker(place.display) as person:
        window.until(lambda: _titled(person), "the window of the new process")
        assert not person.is_in_sight(person.window("Yizhan"))
        second = laptop.start("window", env=place.env)
        assert finish(second, timeout_s=20).code == 0
        window.until(lambda: person.is_in_sight(person.window("Yizhan")), "the window")
    window.find("Passphrase", "text", "focused")
    steps.unlock(window)


def _titled(person):
    return b"Yizhan" in person.properties("_NET_WM_NAME")


def test_a_window_behind_another_asks_for_no_keyboard(place, system, unlocked):
    """By the rule for window managers: a user time of 0 is not to be given the focus."""
    window, _ = unlocked
    with a_window(place, [sys.executable, toy_window.__file__]) as other:
        other.type_into("Name", "张")
        system.lock()
        begun_anew(window, system)
        window.until(lambda: window.all("Passphrase", "text"), "the lock page")
        with onlooker(place.display) as person:
            assert person.numbers(person.window("Yizhan"), "_NET_WM_USER_TIME") == [0]
