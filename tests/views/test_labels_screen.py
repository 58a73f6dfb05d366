"""The labels screen on a real replica: from people to paper, and nothing lost on the way."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QFileDialog, QLineEdit

from crm.domain.kinds import SCHEMA
from desktop import mailing
from desktop.jobs.desk import Jobs
from desktop.services import consent
from desktop.services.access import own_log
from desktop.services.preferences import PreferenceFile
from desktop.views.labels import output
from desktop.views.labels.presenter import LabelsPresenter
from desktop.views.labels.rows import ROW
from desktop.views.labels.screen import CHECK, PEOPLE, PRINT, SHEET, LabelsScreen
from desktop.views.shell.desk import Desk
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.offices import PERSON, an_office

TODAY = date(2026, 3, 18)
PEOPLE_OF = {
    "东村": ("王甲", "王乙", "王丙", "王丁"),
    "西村": ("李甲",),
}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory):
    made = Laptop(tmp_path_factory.mktemp("labels"), user=PERSON.user)
    made.ids = {}
    for village, names in PEOPLE_OF.items():
        for name in names:
            given = {"name": name, "village": village, "postcode": "421411"}
            if name != "王丁":
                given["address"] = f"湖南省衡东县{village}{names.index(name) + 1}组"
            made.ids[name] = made.create("customer", **given)
    made.create("tag", parent=made.ids["李甲"], label="茶友")
    yield made
    made.replica.close()


@pytest.fixture
def at_desk(qtbot, stalls, laptop, tmp_path):
    """The screen with everything behind it; `settle` waits until nothing is under way."""
    with stalls.left_out():
        jobs = Jobs()
        desk = Desk(an_office(laptop), jobs, PreferenceFile(tmp_path / "profile"))
        screen = LabelsScreen()
        presenter = LabelsPresenter(screen, desk)
        qtbot.addWidget(screen)
        screen.resize(1270, 620)
        screen.show()
    made = SimpleNamespace(
        screen=screen, desk=desk, presenter=presenter, outgoing=presenter.outgoing, went=[]
    )
    desk.go_wanted.connect(lambda place, what: made.went.append((place, what)))
    made.settle = lambda: qtbot.waitUntil(jobs.idle, timeout=20_000)
    screen.people.purpose.set_text("service")
    screen.enter({})
    made.settle()
    yield made
    made.settle()
    jobs.close()


def pick(at, field, value):
    field.set_text(value)
    field.edited.emit()
    at.settle()


def go_on(at, steps=1):
    for _ in range(steps):
        at.screen.next_button.click()
        at.settle()


def rows(shown):
    model = shown.model()
    return [model.data(model.index(n), ROW) for n in range(model.rowCount())]


def spoken(shown):
    model = shown.model()
    role = Qt.ItemDataRole.AccessibleTextRole
    return [model.data(model.index(n), role) for n in range(model.rowCount())]


def test_nobody_is_chosen_before_somebody_is_asked_for(at_desk):
    screen = at_desk.screen
    assert rows(screen.people.list) == []
    assert not screen.next_button.isVisible()
    screen.people.everybody.click()
    at_desk.settle()
    assert len(rows(screen.people.list)) == 5


def test_people_are_chosen_by_village_and_tag_and_who_has_no_address_is_said(at_desk):
    people = at_desk.screen.people
    pick(at_desk, people.village, "东村")
    found = {row.name: (row.taken, row.trouble) for row in rows(people.list)}
    assert found["王甲"] == (True, "")
    assert found["王丁"] == (False, "No address, no label")
    assert "No address" in next(text for text in spoken(people.list) if "王丁" in text)
    people.only_troubled.click()
    assert [row.name for row in rows(people.list)] == ["王丁"]
    people.only_troubled.click()
    pick(at_desk, people.tag, "茶友")
    assert rows(people.list) == []


def test_the_purpose_comes_first_and_who_may_not_be_written_to_is_listed_with_the_reason(
    at_desk, laptop
):
    people = at_desk.screen.people
    pick(at_desk, people.purpose, "")
    pick(at_desk, people.village, "东村")
    assert rows(people.list) == []
    pick(at_desk, people.purpose, "club")
    assert {row.trouble for row in rows(people.list)} == {"Never asked."}
    assert not any(row.taken for row in rows(people.list))
    assert people.barred.text() == "4 may not be written to: 4 never asked"
    yes = {"decision": "granted", "purpose": "club", "evidence": "signed_form"}
    for name, way in (("王甲", "post"), ("王乙", "any"), ("王丙", "sms")):
        consent.record_statement(
            laptop.replica.unit_of_work, SCHEMA, laptop.ids[name], {**yes, "channel": way}, TODAY
        )
    at_desk.screen.refresh()
    at_desk.settle()
    assert {row.name for row in rows(people.list) if row.taken} == {"王甲", "王乙"}
    assert "another way only" in people.barred.text()
    go_on(at_desk, 3)
    assert (at_desk.screen.step, at_desk.presenter._made.run.labels) == (PRINT, 2)
    no = {"decision": "withdrawn", "purpose": "club", "channel": "any"}
    consent.record_statement(
        laptop.replica.unit_of_work, SCHEMA, laptop.ids["王乙"], no, TODAY
    )  # while the run lies ready for the printer
    at_desk.screen.refresh()
    at_desk.settle()
    assert (at_desk.screen.step, at_desk.presenter._made.run.labels) == (CHECK, 1)
    assert set(at_desk.presenter._made.names) == {laptop.ids["王甲"]}


@pytest.mark.parametrize("way", ["print", "save"])
def test_a_withdrawal_behind_an_open_system_dialog_keeps_the_run_from_going_out(
    at_desk, laptop, tmp_path, way
):
    saying = {"channel": "post", "purpose": "survey", "evidence": "signed_form"}
    uow, who = laptop.replica.unit_of_work, [laptop.ids["王甲"], laptop.ids["王丙"]]
    for one in who:
        consent.record_statement(uow, SCHEMA, one, {**saying, "decision": "granted"}, TODAY)
    pick(at_desk, at_desk.screen.people.purpose, "survey")
    pick(at_desk, at_desk.screen.people.village, "东村")
    go_on(at_desk, 3)
    assert at_desk.presenter._made.run.labels == 2
    dialog = []  # what the system's dialog calls once the person has chosen
    at_desk.outgoing.ask_printer = lambda page, printer, pages, then: dialog.append(
        (printer.setOutputFileName(str(tmp_path / "printed.pdf")), then)
    )
    at_desk.outgoing.print_it()
    consent.record_statement(uow, SCHEMA, who[0], {**saying, "decision": "withdrawn"}, TODAY)
    entries = len(own_log(laptop.replica.reader, PERSON.user))
    if way == "print":
        dialog[0][1]()
    else:
        at_desk.outgoing.save_to(tmp_path / "saved.pdf")
    at_desk.settle()
    assert not list(tmp_path.glob("*.pdf"))
    assert len(own_log(laptop.replica.reader, PERSON.user)) == entries
    at_desk.settle()
    assert (at_desk.screen.step, set(at_desk.presenter._made.names)) == (CHECK, {who[1]})


def test_space_leaves_somebody_out_and_takes_him_in_again(qtbot, at_desk):
    screen = at_desk.screen
    pick(at_desk, screen.people.village, "东村")
    names = [row.name for row in rows(screen.people.list)]
    screen.people.list.go_to(names.index("王乙"))
    qtbot.keyClick(screen.people.list, Qt.Key.Key_Space)
    assert [row.name for row in rows(screen.people.list) if row.taken] == ["王丙", "王甲"]
    go_on(at_desk)
    assert sum(s.labels for s in at_desk.presenter._plan.sheets) == 2
    screen.back_button.click()
    qtbot.keyClick(screen.people.list, Qt.Key.Key_Space)
    assert sum(row.taken for row in rows(screen.people.list)) == 3


def test_a_list_from_another_screen_is_taken_as_it_is(at_desk, laptop):
    at_desk.screen.enter({"ids": [laptop.ids["王甲"], laptop.ids["李甲"]]})
    at_desk.settle()
    assert {row.name for row in rows(at_desk.screen.people.list)} == {"王甲", "李甲"}
    at_desk.screen.people.list_dropped.emit()
    assert rows(at_desk.screen.people.list) == []


def to_sheet(at, village="东村"):
    pick(at, at.screen.people.village, village)
    go_on(at)
    assert at.screen.step == SHEET


def states(at):
    return [cell.state for cell in at.presenter._plan.sheets[0].cells]


def test_marked_cells_are_passed_over_and_the_start_is_where_it_was_put(qtbot, at_desk):
    to_sheet(at_desk)
    page = at_desk.screen.sheet
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Space)  # the first cell is used
    page.mode.segments.button("bad").click()
    qtbot.mouseClick(page.view, Qt.MouseButton.LeftButton, pos=page.view.cell_centre(4).toPoint())
    at_desk.settle()
    page.view.start_asked.emit(3)
    at_desk.settle()
    assert states(at_desk)[:7] == ["used", "kept", "label", "bad", "label", "label", "free"]
    assert (page.row_field.text(), page.column_field.text()) == ("1", "3")
    page.fresh.click()
    at_desk.settle()
    assert states(at_desk)[:4] == ["label", "label", "label", "free"]


def test_a_sheet_without_a_free_cell_is_said_and_holds_the_run_back(at_desk):
    to_sheet(at_desk)
    page = at_desk.screen.sheet
    page.pressed.emit(list(range(1, 25)), "used")
    at_desk.settle()
    assert page._problem.isVisible()
    go_on(at_desk)
    assert at_desk.screen.step == SHEET
    page.fresh.click()
    at_desk.settle()
    assert not page._problem.isVisible()


def test_copies_and_sheet_and_language_are_set_and_kept(at_desk):
    to_sheet(at_desk)
    page = at_desk.screen.sheet
    pick(at_desk, page.copies, "12")
    assert at_desk.presenter._plan.labels == 36
    assert len(rows(page.strip)) == 2
    pick(at_desk, page.sheet, "a4-21")
    pick(at_desk, page.language, "en")
    assert (at_desk.desk.preferences.sheet, at_desk.desk.preferences.print_language) == (
        "a4-21",
        "en",
    )
    page.next.click()
    assert "2" in page._which.text()


def test_the_check_names_people_and_leads_to_them(qtbot, at_desk, laptop):
    to_sheet(at_desk)
    go_on(at_desk)
    check = at_desk.screen.check
    assert at_desk.screen.step == CHECK
    assert check.picture.shown
    [unprinted] = [row for row in rows(check.list) if row.page == 0]
    assert unprinted.name == "王丁"
    assert unprinted.grave
    check.list.setFocus()
    qtbot.keyClick(check.list, Qt.Key.Key_Return)
    assert at_desk.went == [("customers", {"customer": laptop.ids["王丁"]})]


def test_a_saved_run_tells_where_the_next_one_begins(at_desk, tmp_path):
    to_sheet(at_desk)
    go_on(at_desk, 2)
    assert at_desk.screen.step == PRINT
    at_desk.outgoing.save_to(tmp_path / "labels.pdf")
    at_desk.settle()
    assert mailing.page_count((tmp_path / "labels.pdf").read_bytes()) == 1
    newest = own_log(at_desk.desk.office.reader, PERSON.user)[0].entry.fields
    assert (newest["action"], newest["reason"], newest["count"]) == ("print", "mailing", 3)
    assert newest["what"].startswith("labels, for.")
    sheet = at_desk.presenter._order.sheet
    assert at_desk.desk.preferences.next_cells == {sheet: 4}
    at_desk.screen.printing.again.click()
    at_desk.settle()
    assert at_desk.screen.step == PEOPLE
    assert rows(at_desk.screen.people.list) == []
    to_sheet(at_desk, "西村")
    assert states(at_desk)[:5] == ["used", "used", "used", "label", "free"]


def test_a_file_that_cannot_be_saved_loses_nothing(at_desk, tmp_path):
    to_sheet(at_desk)
    go_on(at_desk, 2)
    at_desk.outgoing.save_to(tmp_path / "nowhere" / "labels.pdf")
    at_desk.settle()
    page = at_desk.screen.printing
    assert page._problem.isVisible()
    assert "Choose another folder" in page._problem.accessibleName()
    assert at_desk.desk.preferences.next_cells == {}
    at_desk.outgoing.save_to(tmp_path / "labels.pdf")
    at_desk.settle()
    assert not page._problem.isVisible()


def test_ctrl_p_prints_what_lies_ready(at_desk, tmp_path):
    def to_pdf(parent, printer, pages, then):  # the printer that the person picks in the dialog
        printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
        printer.setResolution(300)
        printer.setOutputFileName(str(tmp_path / "printed.pdf"))
        then()

    to_sheet(at_desk)
    go_on(at_desk, 2)
    at_desk.outgoing.ask_printer = to_pdf
    at_desk.screen.print_it()
    at_desk.settle()
    assert mailing.page_count((tmp_path / "printed.pdf").read_bytes()) == 1
    assert "sent to the printer" in at_desk.screen.printing._done.text()


def test_the_file_dialog_proposes_a_name_without_anybody_s_name(qtbot, stalls, at_desk):
    chosen = []
    with stalls.left_out():
        dialog = output.ask_file(at_desk.screen, at_desk.desk.today(), chosen.append)
    if QGuiApplication.platformName() == "offscreen":
        assert dialog.testOption(QFileDialog.Option.DontUseNativeDialog)
    assert dialog.findChild(QLineEdit).text() == "Address labels 2026-03-18.pdf"
    dialog.reject()
    assert chosen == []


def test_locking_leaves_nobody_on_the_screen(at_desk):
    to_sheet(at_desk)
    go_on(at_desk)
    at_desk.screen.lock()
    screen = at_desk.screen
    assert screen.step == PEOPLE
    assert rows(screen.people.list) == rows(screen.check.list) == rows(screen.sheet.strip) == []
    assert not screen.check.picture.shown
    assert "王" not in screen.sheet.view.accessibleName() + screen.sheet.one.accessibleName()


def test_an_answer_that_comes_after_the_lock_shows_nobody(at_desk):
    field = at_desk.screen.people.village
    field.set_text("东村")
    field.edited.emit()
    at_desk.screen.lock()
    at_desk.settle()
    assert rows(at_desk.screen.people.list) == []


def test_every_control_of_every_step_has_a_name_and_a_key(at_desk, qtbot):
    def nothing_is_cut():
        assert walking.cut(at_desk.screen) == []

    to_sheet(at_desk)
    for _ in (SHEET, CHECK, PRINT):
        assert walking.unnamed(at_desk.screen) == []
        unreached = walking.unreachable(at_desk.screen)
        assert [each for each in unreached if "Segmented" not in each] == []  # those: by arrows
        qtbot.waitUntil(nothing_is_cut)  # a step that has just come is laid out by and by
        go_on(at_desk) if at_desk.screen.step != PRINT else None
