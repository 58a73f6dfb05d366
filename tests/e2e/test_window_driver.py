"""The driver of real windows, tried on a small window of its own: real screen, bus, keys."""

from __future__ import annotations

import os
import re
import sys

import pytest

from tests.helpers import toy_window
from tests.helpers.screen import missing_programs, program, screen
from tests.helpers.window_driver import NotSeen, window

pytestmark = pytest.mark.skipif(
    bool(missing_programs()) and os.environ.get("CI") != "true",
    reason=f"not installed: {', '.join(missing_programs())}",
)
IDLE = ["tail", "-f", "/dev/null"]
TOY = [sys.executable, toy_window.__file__]


@pytest.fixture(scope="module")
def shared_screen(tmp_path_factory):
    with screen(tmp_path_factory.mktemp("screen")) as running:
        yield running


@pytest.fixture
def toy(shared_screen):
    with window(shared_screen, TOY) as shown:
        yield shown


def test_what_is_typed_arrives_in_every_script(toy):
    for text in ("Ab1 !~", "张三丰𠮷", "欧阳 Ω"):
        toy.type_into("Name", text)
        toy.until(lambda text=text: toy.text("Name") == text, text)


def test_a_button_is_pressed_by_its_name_or_by_the_mouse(toy):
    toy.set_text("Name", "李华")
    toy.press("Save", "push button")
    toy.find("Saved: 李华")
    toy.click("Language")
    toy.click("保存")
    toy.find(re.compile("^已保存"), "label")
    toy.gone("Save")


def test_a_table_of_100_000_rows_is_read_where_it_is_in_sight(toy):
    assert toy.row_count("People") == 100_000
    assert toy.rows("People")[2] == ["客户 2", "2 村", "phone ending 0002"]
    assert toy.rows("Villages") == [["王村"], ["李村"], ["赵村"]]
    toy.click_on(toy.cell("People", "客户 3"), times=2)
    toy.find("opened 3")
    toy.keys("ctrl+End", "Home")
    assert "focused" in toy.cell("People", "客户 99999").states
    toy.keys("Return")
    toy.find("opened 99999")


def test_the_keyboard_is_followed_from_field_to_field(toy):
    toy.find("Name", None, "focused")
    toy.keys("Tab")
    toy.find("Search", None, "focused")
    toy.keys("shift+Tab")
    toy.find("Name", None, "focused")
    toy.focus("Villages")
    assert toy.focused().name in {"Villages", "王村"}
    assert toy.value("Done") == 40


def test_what_never_appears_is_told_with_what_was_there(toy):
    with pytest.raises(NotSeen, match=r"push button 'Save'[\s\S]*picture: .*not-seen\.png"):
        toy.find("Delete", wait_s=0.2)


def test_a_program_that_ends_is_not_waited_for(shared_screen):
    words = [sys.executable, "-c", "raise SystemExit('no display here')"]
    with (
        pytest.raises(NotSeen, match=r"ended with 1[\s\S]*no display here"),
        window(shared_screen, words),
    ):
        pass


def test_the_mouse_finds_its_way_at_150_percent(tmp_path):
    with screen(tmp_path, scale=1.5) as large, window(large, TOY) as toy:
        toy.type_into("Search", "x")
        toy.click_on(toy.cell("Villages", "王村"))
        toy.find("chose 王村")
        assert large.picture(tmp_path / "large.png").stat().st_size > 5000


def test_a_program_that_was_started_is_ended_whatever_happens():
    with pytest.raises(ZeroDivisionError), program(IDLE, os.environ) as started:
        raise ZeroDivisionError
    assert started.returncode is not None
