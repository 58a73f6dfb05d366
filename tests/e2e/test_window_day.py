"""The working day, lived through the real window on a private screen, against a real server."""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest

from tests.helpers import day as days
from tests.helpers import window_day as steps
from tests.helpers.commands import Laptop, Server
from tests.helpers.screen import missing_programs, screen

pytestmark = pytest.mark.skipif(
    bool(missing_programs()) and os.environ.get("CI") != "true",
    reason=f"not installed: {', '.join(missing_programs())}",
)
CUSTOMERS = 800
MANY = 100_000
FIRST_SYNC_S = 180
NEW = "欧阳𠮷祥"


@dataclass
class Branch:
    """A serving practice server, a deputy's laptop, and two customers of one village."""

    folder: Path
    server: Server
    deputy: Laptop
    customers: int
    known: dict[str, str]
    other: dict[str, str]


@pytest.fixture
def branch(tmp_path):
    yield from _branch(tmp_path, CUSTOMERS)


@pytest.fixture
def large_branch(tmp_path):
    yield from _branch(tmp_path, MANY)


def _branch(tmp_path, customers):
    server, headings, rows, taken = steps.branch_of(tmp_path, 20260318, customers)
    try:
        deputy = Laptop(tmp_path / "deputy")
        deputy.enrol(server, "wangmin", days.FIRST_PASSWORD)
        deputy.run("sync")
        yield Branch(tmp_path, server, deputy, taken, *_two_neighbours(headings, rows))
    finally:
        server.stop()


def _two_neighbours(headings, rows):
    """Return two people of the village where most live, whose names nobody else has."""
    people = [dict(zip(headings, row, strict=True)) for row in rows]
    names = Counter(person["姓名"] for person in people)
    village = days._somebody(headings, rows)["村"]
    fit = (
        person
        for person in people
        if person["村"] == village
        and person["手机号码"]
        and person["联系地址"]
        and names[person["姓名"]] == 1
    )
    return next(fit), next(fit)


@pytest.fixture
def place(tmp_path):
    with screen(_folder(tmp_path / "screen")) as running:
        yield running


def _folder(path):
    path.mkdir()
    return path


def test_the_day_is_lived_through_the_window(branch, place, judge):
    mine, stalls = Laptop(branch.folder / "mine"), branch.folder / "stalls"
    with steps.opened(place, mine.profile, stalls) as window:
        first_morning(window, branch)
        branch.server.stop()
        offline(window, branch)
        known, other = deputy_edits(branch)
        back_at_the_branch(window, branch)
    steps.no_stalls(stalls, judge)
    all_agree(branch, mine, known, other)


@pytest.mark.slow
def test_a_day_with_100_000_customers(large_branch, place, judge):
    mine, stalls = Laptop(large_branch.folder / "mine"), large_branch.folder / "stalls"
    with steps.opened(place, mine.profile, stalls) as window:
        first_morning(window, large_branch)
    with steps.opened(place, mine.profile, stalls) as window:
        steps.unlock(window)
        window.find(f"{large_branch.customers:,} customers")
        to_the_end(window, large_branch.customers)
        large_branch.server.stop()
        offline(window, large_branch)
        known, other = deputy_edits(large_branch)
        back_at_the_branch(window, large_branch)
    steps.no_stalls(stalls, judge)
    all_agree(large_branch, mine, known, other)


def to_the_end(window, count):
    """End in the list; the rows that it ends with are there."""
    window.until(lambda: window.rows("Customers"), "the first rows")
    assert window.row_count("Customers") == count
    window.focus("Customers", "table")
    first = window.rows("Customers")[0]
    window.keys("End")

    def ended():
        rows = window.rows("Customers")
        return rows and rows[0] != first and all(cell for row in rows for cell in row) and rows[-1]

    window.until(ended, "the end of the list")


def first_morning(window, branch):
    steps.enrol(window, branch.server.url, "lihua", days.FIRST_PASSWORD)
    steps.unlock(window)
    window.find("Customers", "push button")
    window.keys("F5")
    window.find(f"{branch.customers:,} customers", wait_s=FIRST_SYNC_S)
    window.find(re.compile("^Last sync today"), "push button")


def offline(window, branch):
    known, other = branch.known, branch.other
    window.keys("F5")
    window.find(re.compile("Nothing answers|cannot be reached"))
    window.find(steps.OFFLINE, "push button")
    steps.find_in_list(window, known["姓名"])
    steps.record_visit(window, "谈了存款到期", "定期存款", "送理财材料", "2026-12-01")
    steps.correct(window, "Phone", "154 0000 1111", "154 0000 1111")
    steps.find_anywhere(window, other["姓名"])
    steps.correct(window, "Phone", "15400002222", "154 0000 2222")
    steps.add_customer(window, NEW, "15400003333", known["联系地址"], known["村"])
    labels = branch.folder / "labels.pdf"
    steps.labels_of_village(window, known["村"], labels)
    text = text_of(labels)
    assert f"{NEW} 先生" in text
    assert known["姓名"] in text
    window.find("5 edits waiting", "push button")


def text_of(file):
    document = pypdfium2.PdfDocument(file)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return text


def deputy_edits(branch):
    """The deputy changes another field of one customer and the same field of the other."""
    known, other = (id_of(branch.deputy, person) for person in (branch.known, branch.other))
    branch.deputy.run("customers", "edit", known, "occupation=茶农")
    branch.deputy.run("customers", "edit", other, "phone=15400004444")
    branch.server.serve()
    assert branch.deputy.run("sync")["outcome"] == "complete"
    return known, other


def id_of(laptop, person):
    return days._found(laptop, person["姓名"])


def back_at_the_branch(window, branch):
    window.keys("F5")
    window.find("1 to settle", "push button")
    window.find("Online", "push button")
    window.press("1 to settle", "push button")
    window.find("What is to settle", "list", "focused")
    window.find(re.compile("^Theirs: 154"), "check box")
    window.keys("1")
    window.find(re.compile("^Mine: 154"), "check box", "checked")
    window.keys("ctrl+Return")
    window.find("Nothing is to settle")
    window.keys("F5")
    window.gone(re.compile("waiting$"), "push button")
    window.gone(re.compile("to settle$"), "push button")


def all_agree(branch, mine, known, other):
    """Both laptops hold what the server holds, and that is what was done in the window."""
    deputy = branch.deputy
    assert deputy.run("sync")["verified"]
    for laptop in (mine, deputy):
        assert laptop.run("verify", "--full")["outcome"] == "equal"
    fields = days.fields_of(deputy, known)
    assert (fields["phone"], fields["occupation"]) == ("+8615400001111", "茶农")
    assert days.fields_of(deputy, other)["phone"] == "+8615400002222"
    new = days.fields_of(deputy, days._found(deputy, NEW))
    assert (new["phone"], new["village"]) == ("+8615400003333", branch.known["村"])
    (visit,) = deputy.run("visits", "list", known)["visits"]
    assert visit["fields"]["summary"] == "谈了存款到期"
