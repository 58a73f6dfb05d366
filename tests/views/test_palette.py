"""Ctrl+K on a real replica: what is found, how it is marked, what the keys do."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QLineEdit, QWidget

from crm.records.pinyin import search_key
from desktop.jobs.desk import Jobs
from desktop.services.customers import note_viewed
from desktop.services.preferences import PreferenceFile
from desktop.views.palette.entries import ALL, CUSTOMERS, WORDS, Entry, Heading
from desktop.views.palette.presenter import PalettePresenter
from desktop.views.shell.desk import Desk
from desktop.views.shell.keys import KEYS, bind
from tests.helpers.fakes import Laptop
from tests.helpers.offices import an_office
from tests.helpers.received import HOME, from_server

NAMES = ("赵国栋", "张国栋", "郑国定", "赵冠棣", "周根德", "李晓梅")
IDS = [f"01900000-0000-7000-8000-00000000000{n}" for n in range(1, len(NAMES) + 1)]
ZHAO = IDS[0]


def customer(number):
    fields = {"name": NAMES[number], "tier": "high", "village": "石湾村", "phone": "+8615400001111"}
    key = search_key(NAMES[number])
    return [number, IDS[number], "customer", 3, None, IDS[number], fields, key]


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path)
    from_server(made, *(customer(number) for number in range(len(NAMES))), stream=HOME)
    with made.replica.unit_of_work() as uow:
        uow.create("tag", {"label": "种果大户"}, parent=ZHAO)
        todo = {"title": "送社保卡", "state": "open", "due_on": "2026-03-19"}
        uow.create("task", todo, parent=ZHAO)
        uow.commit()
    yield made
    made.replica.close()


@pytest.fixture
def desk(laptop):
    jobs = Jobs()
    made = Desk(an_office(laptop), jobs, PreferenceFile(laptop.folder))
    made.went, made.panels, made.faults = [], [], []
    made.go_wanted.connect(lambda *where: made.went.append(where))
    made.panel_wanted.connect(made.panels.append)
    made.fault.connect(made.faults.append)
    yield made
    assert jobs.close()
    assert made.faults == []


@pytest.fixture
def page(qtbot):
    made = QWidget()
    made.line = QLineEdit(made)
    made.resize(1366, 700)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.line.setFocus()
    return made


@pytest.fixture
def palette(qtbot, desk, page, stalls):
    acts = []
    with stalls.left_out():  # the tables of pinyin are warmed here, as after unlocking
        made = PalettePresenter(page, desk, {"new": lambda: acts.append("new"), "help": dict})
        made.warm_up()
        calm(qtbot, desk)
        calm(qtbot, desk)
        made.open()
    calm(qtbot, desk)
    made.acts = acts
    return made


def calm(qtbot, desk):
    qtbot.waitUntil(desk.jobs.idle, timeout=5000)


def search(qtbot, palette, text):
    palette.view.input.clear()
    qtbot.keyClicks(palette.view.input, text)
    calm(qtbot, palette._desk)


def type_chinese(qtbot, palette, text):
    palette.view.input.setText(text)
    calm(qtbot, palette._desk)


def press(qtbot, palette, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(palette.view.input, key, modifier)


def entries(palette):
    return [line for line in palette.view.model.lines if isinstance(line, Entry)]


def headings(palette):
    return [line.title for line in palette.view.model.lines if isinstance(line, Heading)]


def titles(palette, verb):
    return [entry.title.text for entry in entries(palette) if entry.verb == verb]


def marked(palette):
    return palette.view.list.marked()


def test_initials_find_customers_and_say_why(qtbot, palette):
    search(qtbot, palette, "zgd")
    assert titles(palette, "customer")[0] == marked(palette).name
    press(qtbot, palette, Qt.Key.Key_Tab)
    calm(qtbot, palette._desk)
    first = next(entry for entry in entries(palette) if entry.target == ZHAO)
    assert first.title.spans == ((0, 3),)
    assert first.second.text == "Zhào Guódòng"
    assert [first.second.text[a:b] for a, b in first.second.spans] == ["Z", "G", "d"]


def test_four_customers_show_and_all_of_them_in_their_own_scope(qtbot, palette):
    search(qtbot, palette, "zg")
    assert len(titles(palette, "customer")) == 4
    assert palette.view.model.lines[0].link == "All 5"
    press(qtbot, palette, Qt.Key.Key_Tab)
    calm(qtbot, palette._desk)
    assert palette.view.scope == CUSTOMERS
    assert len(titles(palette, "customer")) == 5
    press(qtbot, palette, Qt.Key.Key_Backtab)
    calm(qtbot, palette._desk)
    assert palette.view.scope == ALL


def test_tags_and_tasks_are_found_by_text_and_by_pinyin(qtbot, palette):
    type_chinese(qtbot, palette, "大户")
    assert titles(palette, "tag") == ["种果大户"]
    assert entries(palette)[0].title.spans == ((2, 4),)
    search(qtbot, palette, "zgdh")
    assert titles(palette, "tag") == ["种果大户"]
    type_chinese(qtbot, palette, "社保")
    assert titles(palette, "task") == ["送社保卡"]


def test_a_task_is_found_by_its_customer(qtbot, palette):
    type_chinese(qtbot, palette, "赵国栋")
    assert titles(palette, "task") == ["送社保卡"]


def test_commands_are_found_in_both_languages(qtbot, palette):
    for text in ("sync", "同步", "tb"):
        type_chinese(qtbot, palette, text)
        assert "Sync now" in titles(palette, "command"), text


def test_near_matches_show_only_where_nothing_else_is_left(qtbot, palette):
    type_chinese(qtbot, palette, "赵国冻")
    assert headings(palette)[0] == "Similar"
    assert titles(palette, "customer")
    type_chinese(qtbot, palette, "sync")
    assert "Similar" not in headings(palette)


def test_nothing_typed_shows_who_was_looked_at_last(qtbot, laptop, palette):
    assert headings(palette)[0] != "Viewed last"
    palette.view.close_palette()
    note_viewed(laptop.replica.unit_of_work, IDS[5])
    palette.open()
    calm(qtbot, palette._desk)
    assert headings(palette)[0] == "Viewed last"
    assert titles(palette, "customer") == ["李晓梅"]
    assert marked(palette).name == "李晓梅"


def test_no_phone_shows_in_full_even_where_it_was_searched(qtbot, palette):
    search(qtbot, palette, "15400001111")
    assert titles(palette, "customer")
    for entry in entries(palette):
        assert "00001111" not in entry.place.text + entry.spoken


def test_arrows_move_the_mark_round_and_it_is_described(qtbot, palette):
    search(qtbot, palette, "zg")
    rows = entries(palette)
    press(qtbot, palette, Qt.Key.Key_Down)
    assert marked(palette) == entries(palette)[1]
    described = palette.view.input.accessibleDescription()
    assert rows[1].name in described
    assert "High" in described
    press(qtbot, palette, Qt.Key.Key_Up)
    press(qtbot, palette, Qt.Key.Key_Up)
    assert marked(palette) == entries(palette)[-1]
    assert palette.view.input.hasFocus()


def test_enter_opens_the_marked_customer_and_gives_the_focus_back(qtbot, desk, page, palette):
    search(qtbot, palette, "zhaoguodong")
    press(qtbot, palette, Qt.Key.Key_Return)
    assert desk.went == [("customers", {"customer": ZHAO})]
    assert not palette.view.isVisible()
    assert page.line.hasFocus()


def test_enter_that_comes_before_the_answer_waits_for_it(qtbot, desk, palette):
    qtbot.keyClicks(palette.view.input, "lxm")
    press(qtbot, palette, Qt.Key.Key_Return)
    assert desk.went == []
    calm(qtbot, desk)
    assert desk.went == [("customers", {"customer": IDS[5]})]


def test_esc_closes_and_forgets_what_was_shown(qtbot, page, palette):
    search(qtbot, palette, "zgd")
    press(qtbot, palette, Qt.Key.Key_Escape)
    assert not palette.view.isVisible()
    assert list(palette.view.model.lines) == []
    assert palette.view.input.text() == ""
    assert palette.view.input.accessibleDescription() == ""
    assert page.line.hasFocus()


def test_alt_v_records_a_visit_to_the_marked_customer(qtbot, desk, palette, stalls):
    search(qtbot, palette, "zg")
    press(qtbot, palette, Qt.Key.Key_Down)
    who = marked(palette)
    with stalls.left_out():
        press(qtbot, palette, Qt.Key.Key_V, Qt.KeyboardModifier.AltModifier)
        calm(qtbot, desk)
    assert desk.went == [("customers", {"customer": who.customer})]
    qtbot.addWidget(desk.panels[0])
    assert desk.panels[0].presenter._customer == who.customer


def test_the_command_of_visiting_is_about_the_customer_marked_last(qtbot, palette):
    search(qtbot, palette, "zg")
    press(qtbot, palette, Qt.Key.Key_Down)
    who = marked(palette)
    assert titles(palette, "command")[0] == f"Record a visit to {who.name}"


def test_a_tag_opens_the_customers_who_have_it(qtbot, desk, palette):
    type_chinese(qtbot, palette, "种果")
    press(qtbot, palette, Qt.Key.Key_Return)
    assert desk.went == [("customers", {"tag": "种果大户"})]


def test_commands_do_what_they_say(qtbot, desk, palette):
    with qtbot.waitSignal(desk.lock_wanted, timeout=1000):
        search(qtbot, palette, "lock")
        press(qtbot, palette, Qt.Key.Key_Return)
    palette.open()
    type_chinese(qtbot, palette, "New customer")
    press(qtbot, palette, Qt.Key.Key_Return)
    assert palette.acts == ["new"]
    palette.open()
    search(qtbot, palette, "dark")
    press(qtbot, palette, Qt.Key.Key_Return)
    assert desk.preferences.theme == "dark"


def test_no_key_reaches_the_page_below_but_the_one_that_locks(qtbot, page, palette):
    heard = []
    names = ("visit", "new", "sync", "lock")
    bind(page, {name: (lambda name=name: heard.append(name)) for name in names})
    for key in ("new", "sync", "lock"):
        sequence = {"new": Qt.Key.Key_N, "sync": Qt.Key.Key_F5, "lock": Qt.Key.Key_L}[key]
        plain, control = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
        press(qtbot, palette, sequence, control if KEYS[key].startswith("Ctrl") else plain)
    assert heard == ["lock"]


def test_the_box_keeps_its_height_whatever_is_found(qtbot, palette):
    before = palette.view.box()
    search(qtbot, palette, "zg")
    assert palette.view.box() == before
    type_chinese(qtbot, palette, "没有这个人啊啊")
    assert palette.view.box() == before
    assert before.width() == 720
    assert before.top() == 72


def test_a_small_window_shows_it_nearer_to_the_top(qtbot, page, palette):
    page.resize(910, 460)
    assert palette.view.box().top() == 12
    assert palette.view.rect().contains(palette.view.box())
    palette.view.grab()


def test_a_click_takes_an_entry_and_one_beside_the_box_closes(qtbot, desk, palette):
    search(qtbot, palette, "zg")
    view = palette.view.list
    second = view.visualRect(palette.view.model.index(2)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=second)
    assert len(desk.went) == 1
    palette.open()
    qtbot.mouseClick(palette.view, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not palette.view.isVisible()


def test_the_link_of_a_heading_shows_its_group_alone(qtbot, palette):
    search(qtbot, palette, "zg")
    view = palette.view.list
    heading = view.visualRect(palette.view.model.index(0))
    end = QPoint(heading.right() - 20, heading.center().y())
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=end)
    assert palette.view.scope == CUSTOMERS


def test_a_saved_change_is_found_the_next_time(qtbot, desk, laptop, palette):
    palette.view.close_palette()
    with laptop.replica.unit_of_work() as uow:
        uow.create("tag", {"label": "茶农"}, parent=ZHAO)
        uow.commit()
    desk.saved.emit()
    palette.open()
    calm(qtbot, desk)
    type_chinese(qtbot, palette, "茶农")
    assert titles(palette, "tag") == ["茶农"]
    assert palette.view.scope != WORDS


def test_rows_are_painted_and_say_themselves_in_words(qtbot, palette, qtmodeltester):
    search(qtbot, palette, "zhaoguodong")
    model = palette.view.model
    spoken = model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Customers, 赵国栋, High, 石湾村"
    qtmodeltester.check(model)
    picture = QPixmap(palette.view.size())
    palette.view.render(picture)
    assert not picture.isNull()
