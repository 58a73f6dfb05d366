"""The Receipts page on a real replica: searching, opening, checking, saving, printing."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt

from crm.domain.instants import instant_text
from desktop import mailing
from desktop.jobs.desk import Jobs
from desktop.services.access import own_log
from desktop.services.ports import Receipt
from desktop.services.preferences import PreferenceFile
from desktop.views.shell.desk import Desk
from desktop.views.shell.sync_runner import SyncRunner
from desktop.views.sync.screen import SyncScreen
from tests.helpers.fakes import Laptop
from tests.helpers.offices import NOW, PERSON, an_office


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path / "laptop", user=PERSON.user)
    made.who = made.create("customer", name="石敢当")
    for days, outcome, lines, counts in (
        (9, "complete", {made.who: {"applied": 2}}, {"sent": 2, "received": 5, "verified": 1}),
        (5, "complete", {}, {"sent": 3, "conflicts": 1}),
        (4, "sync.busy", {}, {"received": 1}),
        (1, "complete", {}, {"verified": 1}),
        (0, "complete", {}, {"verified": 1}),
    ):
        receipt = Receipt(
            at=instant_text(NOW - timedelta(days=days)),
            outcome=outcome,
            counts=counts,
            heads={},
            facts={"seconds": 40} if outcome == "sync.busy" else {},
            lines=lines,
        )
        with made.replica.transaction() as tx:
            tx.add_receipt(receipt)
    yield made
    made.replica.close()


@pytest.fixture
def opened(qtbot, stalls, laptop, tmp_path):
    with stalls.left_out():
        desk = Desk(an_office(laptop), Jobs(), PreferenceFile(tmp_path / "profile"))
        desk.sync_runner = SyncRunner(desk)
        screen = SyncScreen(desk)
        qtbot.addWidget(screen)
        screen.resize(1270, 620)
        screen.show()
    made = SimpleNamespace(
        screen=screen, desk=desk, page=screen.receipts_page, panels=[], told=[], laptop=laptop
    )
    desk.panel_wanted.connect(made.panels.append)
    desk.toast_wanted.connect(lambda text, *_: made.told.append(text))

    def ready():
        waiting = screen.receipts._later
        qtbot.waitUntil(lambda: not waiting.isActive() and desk.jobs.idle())

    made.ready = ready
    screen.enter({"tab": "receipts"})
    ready()
    yield made
    desk.jobs.close()


def rows(opened):
    return [row.below for row in opened.page.list.rows.rows]


def test_the_newest_stands_first_and_what_did_nothing_is_one_row(opened):
    assert rows(opened)[0] == "2 times in a row, nothing to do"
    assert len(rows(opened)) == 4
    assert rows(opened)[-1] == "sent 2 · received 5 · verified · 石敢当"


def test_an_errors_sentence_has_its_facts(opened):
    assert "40" in rows(opened)[1]


def test_receipts_are_found_by_customer_by_result_and_by_day(opened):
    page = opened.page
    page.customer.set_text("sgd")
    page.customer.edited.emit()
    opened.ready()
    assert len(rows(opened)) == 1
    page.empty.action_asked.emit()
    opened.ready()
    assert len(rows(opened)) == 4
    page.result.set_text("to_settle")
    page.result.edited.emit()
    opened.ready()
    assert len(rows(opened)) == 1
    page.result.set_text("")
    page.since.set_text("2026/3/13")
    page.until.set_text("2026-3-14")
    page.until.left.emit()
    page.until.edited.emit()
    opened.ready()
    assert page.since.text() == "2026-03-13"
    assert len(rows(opened)) == 2


def test_a_day_that_is_none_is_said_and_nobody_waits_for_it(opened):
    opened.page.since.set_text("31.31.")
    opened.page.since.left.emit()
    opened.page.since.edited.emit()
    opened.ready()
    assert opened.page.since.has_problem()
    assert len(rows(opened)) == 4


def test_a_receipt_opens_with_its_number_and_whose_edits_it_speaks_of(opened):
    opened.page.list.setCurrentIndex(opened.page.list.rows.index(3))
    opened.page.list.opened.emit(3)
    said = dict(zip_lines(opened.panels[-1]))
    assert (said["Number"], said["Whose edits"], said["Sent"]) == ("1", "石敢当", "2")


def zip_lines(panel):
    from desktop.views.parts.cards import ValueLine

    return [line.accessibleName().split(": ", 1) for line in panel.findChildren(ValueLine)]


def test_the_chain_is_checked_and_a_changed_receipt_is_told(opened):
    opened.page.check.click()
    opened.ready()
    assert opened.page._chain.text().startswith("All 3 receipts are unchanged")
    opened.laptop.write("UPDATE receipt SET counts = '{}' WHERE n = 2")
    opened.page.check.click()
    opened.ready()
    assert opened.page._chain.text().startswith("Receipt 2 was changed")


def test_the_list_is_saved_as_pdf_and_as_a_spreadsheet(opened, tmp_path):
    for name in ("list.pdf", "list.xlsx"):
        opened.screen.receipts.save_to(tmp_path / name)
        opened.ready()
        assert opened.told[-1] == f"Saved as {name}"
    assert mailing.page_count((tmp_path / "list.pdf").read_bytes()) == 1
    assert (tmp_path / "list.xlsx").read_bytes()[:2] == b"PK"
    logged = [each.entry.fields for each in own_log(opened.desk.office.reader, PERSON.user)]
    assert [(f["action"], f["what"]) for f in logged] == [
        ("export", "receipts"),
        ("print", "receipts"),
    ]
    opened.screen.receipts.save_to(tmp_path / "no" / "list.pdf")
    opened.ready()
    assert "cannot be saved" in opened.told[-1]


def test_the_list_goes_to_a_printer(opened, tmp_path):
    printed = tmp_path / "printed.pdf"

    def choose(parent, printer, pages, title, then):
        printer.setOutputFileName(str(printed))
        printer.setResolution(300)
        opened.pages = pages
        then()

    opened.screen.receipts.ask_printer = choose
    assert opened.screen.print_it()
    opened.ready()
    assert (opened.pages, opened.told[-1]) == (1, "1 page was sent to the printer")
    assert mailing.page_count(printed.read_bytes()) == 1


def test_locking_shows_nothing_of_anybody(opened):
    opened.page.customer.set_text("石敢当")
    opened.screen.lock()
    assert (rows(opened), opened.page.customer.text()) == ([], "")


def test_a_low_and_narrow_window_keeps_the_buttons(opened, qtbot):
    opened.screen.resize(826, 372)
    opened.screen.fit("compact")
    qtbot.waitUntil(opened.page.print.isVisible)
    assert opened.page.print.visibleRegion().boundingRect().width() > 40
    assert opened.page.list.height() > 60
    opened.page.list.setFocus(Qt.FocusReason.OtherFocusReason)
