"""What goes wrong in the real window: nothing is lost, and all is said calmly."""

from __future__ import annotations

import os
import re
import signal

import pytest

from crm.records.pinyin import search_key
from tests.helpers import day as days
from tests.helpers import window_day as steps
from tests.helpers.commands import Laptop, finish
from tests.helpers.screen import missing_programs, screen

pytestmark = pytest.mark.skipif(
    bool(missing_programs()) and os.environ.get("CI") != "true",
    reason=f"not installed: {', '.join(missing_programs())}",
)
JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000ffdb")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with screen(tmp_path_factory.mktemp("screen")) as running:
        yield running


@pytest.fixture(scope="module")
def synced(tmp_path_factory):
    """A laptop that has synced once with a server that is gone, and one of its customers."""
    folder = tmp_path_factory.mktemp("branch")
    server, headings, rows, _ = steps.branch_of(folder, 20260322, 60)
    try:
        laptop = Laptop(folder / "laptop")
        laptop.enrol(server, "lihua", days.FIRST_PASSWORD)
        laptop.run("sync")
    finally:
        server.stop()
    return laptop, days._somebody(headings, rows)["姓名"]


@pytest.fixture
def laptop(synced, tmp_path):
    return steps.copy_of(synced[0], tmp_path / "laptop")


@pytest.fixture
def name(synced):
    return synced[1]


def test_a_half_typed_visit_survives_the_death_of_the_program(place, laptop, name):
    with steps.opened(place, laptop.profile) as window:
        steps.unlock(window)
        steps.find_anywhere(window, name)
        steps.begin_visit(window)
        window.keys("Tab")
        window.type("谈了存款到期")
        window.find(re.compile("^Draft kept"))
        os.kill(window.process.pid, signal.SIGKILL)
        window.ended()
    with steps.opened(place, laptop.profile) as window:
        steps.unlock(window)
        steps.find_anywhere(window, name)
        window.keys("alt+v")
        window.find(re.compile("^Your draft of .* is here again"))
        assert window.text("Summary", "text") == "谈了存款到期"
        window.keys("ctrl+s")
        window.find(re.compile("^Visit to .* recorded"))
        window.find("1 edit waiting", "push button")


def test_a_second_start_raises_the_first_window_and_ends(place, laptop):
    with steps.opened(place, laptop.profile) as window:
        window.find("Passphrase", "text", "focused")
        second = laptop.start("window", env=place.env)
        assert finish(second, timeout_s=20).code == 0
        window.find("Yizhan", "filler", "active")
        steps.unlock(window)
        window.find("Customers", "table")


def test_a_wrong_passphrase_and_no_network_are_told_calmly_and_edits_are_kept(place, laptop, name):
    with steps.opened(place, laptop.profile) as window:
        steps.type_passphrase(window, "not the words")
        window.find(re.compile("^The passphrase is wrong. Type it again"))
        steps.unlock(window)
        window.find(re.compile("^1 wrong passphrase was tried"))
        window.click("Close", "push button")
        steps.find_anywhere(window, name)
        steps.correct(window, "Phone", "15400001111", "154 0000 1111")
        window.keys("F5")
        window.find(re.compile("^Nothing answers at .*Your changes are safe on this laptop"))
        window.find(steps.OFFLINE, "push button")
        window.find("1 edit waiting", "push button")
    (found,) = laptop.run("customers", "find", "15400001111")["customers"]
    assert found["fields"]["name"] == name


def test_a_picture_named_as_a_spreadsheet_is_refused_with_a_sentence(place, laptop, tmp_path):
    wrong = tmp_path / "客户.xlsx"
    wrong.write_bytes(JPEG)
    with steps.opened(place, laptop.profile) as window:
        steps.unlock(window)
        window.find("Customers", "table")
        steps.choose_import_file(window, wrong)
        window.find(re.compile("^This is a picture. Ask for the table itself"))
        window.find("Choose a file…", "push button")


def test_chinese_by_initials_and_the_language_switched_while_it_runs(place, laptop, name):
    initials = search_key(name).split(";")[0].split("|")[1]
    with steps.opened(place, laptop.profile, YIZHAN_LANG="zh") as window:
        steps.type_passphrase(window, field="口令")
        window.find("客户", "table")
        steps.find_anywhere(window, initials, name, head="客户")
        window.press("设置", "push button")
        window.press("English", "check box")
        window.find("Settings", "push button")
        window.press("中文", "check box")
        window.find("设置", "push button")
