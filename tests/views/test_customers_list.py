"""The list of customers on a real replica: found, ordered, paged, chosen, opened."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QAbstractButton, QApplication

from crm.domain.ids import new_id
from crm.domain.kinds import SCHEMA
from crm.records.pinyin import search_key
from desktop.jobs.desk import Jobs
from desktop.services.ports import Granted, Page
from desktop.services.preferences import PreferenceFile
from desktop.services.visits import record_visit
from desktop.views.customers.model import PAGE
from desktop.views.customers.screen import make
from desktop.views.language.places import short_place
from desktop.views.shell.desk import Desk
from tests.helpers.fakes import Laptop
from tests.helpers.offices import NOW, an_office

HOME = "portfolio:manager"
MANY = 320
PEOPLE = (
    {"name": "赵国栋", "tier": "high", "village": "石湾村", "phone": "+8615400004417",
     "address": "湖南省衡阳市衡东县石湾镇石湾村3组", "birth_date": "1968-02-01"},
    {"name": "赵冠棣", "tier": "low", "village": "岭茶村", "phone": "+8615400002203"},
    {"name": "张国栋", "tier": "general", "village": "石湾村"},
    {"name": "李娜", "tier": "general"},
)  # fmt: skip
SPOKEN = Qt.ItemDataRole.AccessibleTextRole


def entries(people):
    for person in people:
        own_id = new_id()
        yield [0, own_id, "customer", 1, None, own_id, person, search_key(person["name"])]


def filled(folder, people):
    """A laptop after its first sync with these people."""
    laptop = Laptop(folder)
    sent = list(entries(people))
    page = Page(
        stream=HOME, after=None, scan="", entries=sent, next="end", more=False, head=0,
        live=len(sent), digest=0,
    )  # fmt: skip
    with laptop.replica.transaction() as tx:
        tx.grant({HOME: Granted(head=0, live=0, digest=0, floor=0, write=True)})
        tx.start_scan(HOME)
        tx.apply(page)
        tx.make_ready()
    laptop.ids = {entry[6]["name"]: entry[1] for entry in sent}
    return laptop


@pytest.fixture(scope="module")
def village(tmp_path_factory):
    """Four people; nothing is changed in it."""
    laptop = filled(tmp_path_factory.mktemp("village"), PEOPLE)
    yield laptop
    laptop.replica.close()


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """More people than three pages hold, in the order of their numbers."""
    people = [{"name": f"王{number:03}"} for number in range(MANY)]
    laptop = filled(tmp_path_factory.mktemp("town"), people)
    yield laptop
    laptop.replica.close()


@pytest.fixture
def at_desk(qtbot, stalls, tmp_path):
    """Open the screen on a laptop; `settle` waits until nothing is under way."""
    opened = []

    def open_on(laptop, size=(1240, 600), width_class="wide", **preferences):
        with stalls.left_out():
            jobs, kept = Jobs(), PreferenceFile(tmp_path / "profile")
            kept.change(**preferences)
            desk = Desk(an_office(laptop), jobs, kept)
            screen = make(desk)
            screen.fit(width_class)
            screen.resize(*size)
            qtbot.addWidget(screen)
            screen.show()
            at = SimpleNamespace(screen=screen, desk=desk, page=screen.page, shown=[], went=[])
            at.page.detail.loaded.connect(at.shown.append)
        at.pane = at.page.pane
        at.rows, at.search = at.pane.rows, at.pane.search
        desk.go_wanted.connect(lambda place, what: at.went.append((place, what)))
        at.settle = lambda: settle(qtbot, at, jobs)
        opened.append(jobs)
        screen.enter({})
        at.settle()
        return at

    yield open_on
    for jobs in opened:
        qtbot.waitUntil(jobs.idle, timeout=20_000)
        jobs.close()


def settle(qtbot, at, jobs):
    QApplication.processEvents()
    qtbot.waitUntil(lambda: is_settled(at, jobs), timeout=20_000)
    QApplication.processEvents()


def is_settled(at, jobs):
    presenter = at.screen.presenter
    return jobs.idle() and not presenter._load.isActive() and not presenter._reading


def names(at):
    model = at.rows.model()
    return [row.name if (row := model.row_at(n)) else None for n in range(model.rowCount())]


def words_of(menu):
    return [action.text() for action in menu.actions()]


def take(menu, word):
    next(action for action in menu.actions() if action.text().startswith(word)).trigger()


def test_everybody_is_listed_by_name_and_the_first_is_shown_beside(at_desk, village):
    at = at_desk(village)
    assert names(at) == ["李娜", "张国栋", "赵冠棣", "赵国栋"]
    assert at.shown == [village.ids["李娜"]]
    assert at.screen.heading() == ("Customers", "4 customers")


def test_typing_initials_finds_best_matches_first_and_says_how_many(qtbot, at_desk, village):
    at = at_desk(village)
    qtbot.keyClicks(at.search, "zgd")
    at.settle()
    assert set(names(at)) == {"赵国栋", "赵冠棣", "张国栋"}
    assert at.pane._count.whole_text() == "3 found of 4"
    assert at.pane.sort.button.text() == "Best match"


def test_text_still_being_composed_is_not_searched(qtbot, at_desk, village):
    at = at_desk(village)
    at.search.setFocus()
    QApplication.sendEvent(at.search, QInputMethodEvent("li na", []))
    at.settle()
    assert len(names(at)) == 4
    done = QInputMethodEvent("", [])
    done.setCommitString("李娜")
    QApplication.sendEvent(at.search, done)
    at.settle()
    assert names(at) == ["李娜"]


def test_near_matches_stand_under_a_heading_of_their_own(at_desk, village):
    at = at_desk(village)
    at.search.setText("15400004418")
    at.settle()
    assert names(at) == ["赵国栋"]
    assert at.pane._similar_strip.isVisible()
    at.search.setText("15400004417")
    at.settle()
    assert not at.pane._similar_strip.isVisible()


def test_where_nobody_is_found_one_button_clears_search_and_filters(qtbot, at_desk, village):
    at = at_desk(village)
    at.pane.filters.high.click()
    at.search.setText("李娜")
    at.settle()
    assert names(at) == []
    qtbot.mouseClick(at.pane._nobody._action, Qt.MouseButton.LeftButton)
    at.settle()
    assert len(names(at)) == 4
    assert at.search.text() == ""
    assert at.pane.filters.everybody.isChecked()


def test_an_empty_laptop_sends_to_the_sync(at_desk, tmp_path):
    laptop = Laptop(tmp_path / "empty")
    at = at_desk(laptop)
    at.pane._nobody._action.click()
    assert at.went == [("sync", {})]
    laptop.replica.close()


def test_chips_narrow_the_list_and_tell_how_many_they_leave(at_desk, village):
    at = at_desk(village)
    filters = at.pane.filters
    assert filters.high.text() == "High value 1"
    filters.high.click()
    at.settle()
    assert names(at) == ["赵国栋"]
    filters.high.click()
    take(filters.fill_menu().actions()[0].menu(), "石湾村")
    at.settle()
    assert names(at) == ["张国栋", "赵国栋"]
    filters._taken[0].removed.emit()
    at.settle()
    assert len(names(at)) == 4


def test_a_row_says_its_state_in_words_and_never_a_phone_number(at_desk, village):
    at = at_desk(village)
    place = at.rows.model().index(3)
    assert at.rows.model().data(place, SPOKEN) == "赵国栋, High, 石湾镇石湾村3组, not visited yet"


@pytest.mark.parametrize(
    ("address", "short"),
    [
        ("湖南省衡阳市衡东县石湾镇石湾村3组", "石湾镇石湾村3组"),
        ("霍山县大化坪镇金茗社区", "大化坪镇金茗社区"),
        ("上海市浦东新区建设路354号", "建设路354号"),
        ("广西壮族自治区南宁市宾阳县新桥镇", "新桥镇"),
        ("石湾镇石湾村3组", "石湾镇石湾村3组"),
        ("衡东县", "衡东县"),
    ],
)
def test_a_place_is_said_from_the_town_on(address, short):
    assert short_place(address) == short


def test_the_order_is_changed_by_menu_and_kept(at_desk, village):
    at = at_desk(village)
    take(at.pane.sort.fill_menu(), "Value tier")
    at.settle()
    assert names(at)[0] == "赵国栋"
    assert (at.desk.preferences.sort, at.desk.preferences.sort_descending) == ("tier", True)
    take(at.pane.sort.fill_menu(), "The other way round")
    at.settle()
    assert names(at)[0] == "赵冠棣"


def test_a_table_is_ordered_by_its_headings_and_drops_columns_that_do_not_fit(at_desk, village):
    at = at_desk(village)
    at.screen.table_button.click()
    at.settle()
    wide = at.pane.columns_shown()
    assert wide[:3] == ["name", "tier", "balance"]
    tier = at.pane.head.buttons()[1]
    tier.click()
    at.settle()
    assert names(at)[0] == "赵国栋"
    assert tier.accessibleName() == "Value tier, descending"
    at.screen.resize(560, 600)
    at.settle()
    narrow = at.pane.columns_shown()
    assert narrow == wide[: len(narrow)]
    assert len(narrow) < len(wide)


def test_chosen_columns_are_remembered(at_desk, village):
    at = at_desk(village, columns=("phone", "tier"))
    at.screen.table_button.click()
    at.settle()
    assert at.pane.columns_shown() == ["name", "phone", "tier"]
    take(at.pane.fill_columns(), "Phone")
    assert at.desk.preferences.columns == ("tier",)
    assert at.pane.columns_shown() == ["name", "tier"]


def test_rows_are_read_a_page_at_a_time_as_they_come_into_sight(at_desk, town):
    at = at_desk(town)
    model = at.rows.model()
    assert model.rowCount() == MANY
    assert model.pages_to_read(0, MANY) == [1, 2, 3]
    at.rows.verticalScrollBar().setValue(at.rows.verticalScrollBar().maximum())
    at.rows.viewport().repaint()
    at.settle()
    assert model.row_at(MANY - 1).name == f"王{MANY - 1}"
    assert model.pages_to_read(0, MANY) == [1]


def test_arrows_held_down_load_only_the_last_customer(qtbot, at_desk, town):
    at = at_desk(town)
    at.rows.setFocus()
    at.shown.clear()
    for _ in range(5):
        qtbot.keyClick(at.rows, Qt.Key.Key_Down)
    at.settle()
    assert at.shown == [town.ids["王005"]]


def test_a_save_keeps_the_chosen_row_and_the_place_in_the_list(at_desk, tmp_path):
    people = [{"name": f"王{number:03}"} for number in range(PAGE + 50)]
    laptop = filled(tmp_path / "saved", people)
    at = at_desk(laptop)
    at.rows.choose_row(60)
    at.settle()
    stood = at.rows.verticalScrollBar().value()
    customer = laptop.ids["王060"]
    given = {"on": "2026-03-18", "summary": "上门"}
    record_visit(laptop.replica.unit_of_work, SCHEMA, lambda: NOW, customer, given)
    laptop.create("customer", name="阿布")  # comes first by name
    at.screen.refresh()
    at.settle()
    row = at.rows.model().row_at(61)
    assert (row.name, row.waiting) == ("王060", True)
    assert at.rows.currentIndex().row() == 61
    assert at.rows.verticalScrollBar().value() == stood + at.rows.row_height()
    laptop.replica.close()


def test_enter_goes_into_the_customer_and_escape_back_to_the_list(qtbot, at_desk, village):
    at = at_desk(village)
    at.screen.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is not None)
    at.rows.setFocus()
    qtbot.keyClick(at.rows, Qt.Key.Key_Return)
    assert at.page.detail.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert QApplication.focusWidget() is at.rows


def test_letters_typed_into_the_list_go_on_in_the_search(qtbot, at_desk, village):
    at = at_desk(village)
    qtbot.keyClick(at.rows, "l")
    assert at.search.text() == "l"
    at.settle()


def test_in_a_compact_window_list_and_customer_take_turns(qtbot, at_desk, village):
    at = at_desk(village, (820, 400), "compact")
    assert (at.pane.isVisible(), at.page.detail.isVisible()) == (True, False)
    assert at.shown == []
    qtbot.keyClick(at.rows, Qt.Key.Key_Return)
    at.settle()
    assert (at.pane.isVisible(), at.page.detail.isVisible()) == (False, True)
    assert at.shown == [village.ids["李娜"]]
    assert at.screen.heading()[1] == "1 of 4"
    assert at.screen.back()
    assert at.pane.isVisible()


def test_a_visit_is_recorded_for_whoever_is_chosen_in_a_compact_list(qtbot, at_desk, village):
    at = at_desk(village, (820, 400), "compact")
    assert at.screen.record_visit()
    at.settle()
    assert at.shown == [village.ids["李娜"]]
    assert at.page.opened


def test_a_customer_asked_for_by_name_is_shown_and_chosen(at_desk, village):
    at = at_desk(village)
    at.screen.enter({"customer": village.ids["赵冠棣"]})
    at.settle()
    assert at.shown[-1] == village.ids["赵冠棣"]
    assert at.rows.currentIndex().row() == 2


def test_a_customer_outside_the_filters_is_shown_without_changing_them(at_desk, village):
    at = at_desk(village)
    at.pane.filters.high.click()
    at.settle()
    at.screen.enter({"customer": village.ids["李娜"]})
    at.settle()
    assert at.shown[-1] == village.ids["李娜"]
    assert names(at) == ["赵国栋"]
    assert not at.rows.currentIndex().isValid()


def test_nobody_is_left_in_the_list_when_it_is_locked(at_desk, village):
    at = at_desk(village)
    at.search.setText("zgd")
    at.settle()
    at.screen.lock()
    assert names(at) == []
    assert at.search.text() == ""


def test_whoever_comes_back_into_an_empty_list_is_chosen_in_it(qtbot, at_desk, village):
    at = at_desk(village)
    at.search.setText("nobody at all")
    at.settle()
    assert not at.rows.selectionModel().hasSelection()
    at.pane._nobody.findChild(QAbstractButton).setFocus()  # when it goes, the list gets the focus
    at.search.setText("zgd")
    at.settle()
    assert at.rows.selectionModel().isRowSelected(0)


def test_a_row_that_is_cut_tells_itself_and_its_marks_by_its_tool_tip(at_desk, village):
    at = at_desk(village)
    first = at.rows.model().index(3, 0)
    tip = first.data(Qt.ItemDataRole.ToolTipRole)
    assert "赵国栋" in tip
    assert "石湾镇石湾村3组" in tip
    assert "4417" not in tip


def test_entering_a_customer_who_is_still_being_read_puts_the_focus_there(qtbot, at_desk, village):
    at = at_desk(village, size=(800, 460), width_class="compact")
    at.rows.setFocus()
    qtbot.keyClick(at.rows, Qt.Key.Key_Return)
    at.settle()
    assert at.page.detail.isAncestorOf(QApplication.focusWidget())
