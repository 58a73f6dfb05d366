"""The To settle page on a real replica: choosing by keys, masking, saving, undoing, locking."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from desktop.jobs.desk import Jobs
from desktop.services.preferences import PreferenceFile
from desktop.views.shell.desk import Desk
from desktop.views.shell.sync_runner import SyncRunner
from desktop.views.sync.screen import SyncScreen
from tests.helpers.contests import a_colleague, bring, conflict, handed, put
from tests.helpers.fakes import Laptop
from tests.helpers.offices import PERSON, an_office
from tests.helpers.reasons import Answering

KEY = Qt.Key


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path / "laptop", user=PERSON.user)
    yield made
    made.replica.close()


@pytest.fixture
def book(laptop):
    first = put("customer", name="客户甲", phone="+8615400006776", honorific="陈阿姨")
    second = put("customer", name="客户乙", village="大浦")
    edit = handed(second[1], "edit", {"village": ["大浦", "石湾"]})
    phone = conflict(
        first[1], "phone", "+8615400005521", "+8615400008834", "+8615400006776", root=first[1]
    )
    called = conflict(first[1], "honorific", "陈女士", "陈老师", "陈阿姨", root=first[1])
    bring(laptop, first, second, edit, phone, called, a_colleague())
    laptop.who, laptop.other = first[1], second[1]
    laptop.phone, laptop.called = phone[1], called[1]
    return laptop


@pytest.fixture
def opened(qtbot, stalls, laptop, tmp_path):
    """The screen on its second page; `ready` waits until nothing is under way."""
    with stalls.left_out():
        desk = Desk(an_office(laptop), Jobs(), PreferenceFile(tmp_path / "profile"))
        desk.sync_runner = SyncRunner(desk)
        screen = SyncScreen(desk)
        desk.saved.connect(screen.refresh)
        qtbot.addWidget(screen)
        screen.resize(1270, 620)
        screen.show()
        screen.activateWindow()
        qtbot.waitUntil(screen.isActiveWindow)
    made = SimpleNamespace(screen=screen, desk=desk, page=screen.settle_page, asked=[], gone=[])
    made.person = Answering(desk)
    desk.go_wanted.connect(lambda *where: made.gone.append(where))
    desk.question_wanted.connect(made.asked.append)

    def ready():
        qtbot.waitUntil(desk.jobs.idle)
        qtbot.waitUntil(lambda: not screen.settling._later.isActive() and desk.jobs.idle())

    def press(key, held=Qt.KeyboardModifier.NoModifier):
        screen.activateWindow()  # shortcuts are for the active window alone
        qtbot.waitUntil(screen.isActiveWindow)
        qtbot.keyClick(screen.focusWidget() or made.page, key, held)

    made.ready, made.press = ready, press
    yield made
    desk.jobs.close()


def enter(opened):
    opened.screen.enter({"tab": "to_settle"})
    opened.screen.focus_first()
    opened.ready()
    return opened.page


def test_nothing_is_chosen_beforehand_and_saving_then_only_goes_on(book, opened):
    page = enter(opened)
    assert [card.choice for card in page.cards] == ["", ""]
    opened.press(KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    opened.ready()
    assert page.view.name == "客户乙"
    assert book.outbox() == ()


def test_keys_choose_field_by_field_also_from_the_list_and_ctrl_enter_saves(book, opened):
    page = enter(opened)
    assert page.list.hasFocus()
    opened.press(KEY.Key_1)
    opened.press(KEY.Key_2)
    assert [card.choice for card in page.cards] == ["mine", "theirs"]
    opened.press(KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    opened.ready()
    assert book.fields(book.who)["honorific"] == "陈老师"
    assert book.fields(book.phone)["state"] == "theirs"
    assert page.view.name == "客户乙"  # the next one is shown


def test_what_was_settled_can_be_undone_and_done_again(book, opened):
    enter(opened)
    opened.press(KEY.Key_M)
    opened.page.foot.save.click()
    opened.ready()
    undoing = opened.desk.undo.take_undo()
    for _ in range(2):
        undoing.undo()
        assert book.fields(book.phone)["state"] == "open"
        undoing.redo()
        assert book.fields(book.who)["honorific"] == "陈老师"


def test_a_phone_is_masked_with_its_change_marked_until_show_and_one_at_a_time(book, opened):
    page = enter(opened)
    card = page.card_of(book.phone)
    assert card.cards[0].shown_text() == "154****8834"
    card.show_button.click()
    assert card.cards[0].shown_text() == "154****8834"
    opened.ready()
    assert card.cards[0].shown_text() == "154 0000 8834"
    opened.screen.settling.hide_revealed()  # as after a minute
    assert card.cards[0].shown_text() == "154****8834"


def test_going_away_masks_again_and_locking_leaves_nothing_of_anybody(book, opened):
    page = enter(opened)
    page.card_of(book.phone).show_button.click()
    opened.ready()
    opened.screen.leave()
    assert page.card_of(book.phone).cards[0].shown_text() == "154****8834"
    opened.screen.lock()
    assert (page.view, page.cards, page.list.cases.rowCount()) == (None, [], 0)


def test_another_value_is_judged_where_it_stands_and_saved_once_it_is_right(book, opened, qtbot):
    page = enter(opened)
    card = page.card_of(book.phone)
    card.write_another()
    assert card.editor.text() == ""  # what is masked is not shown by a detour
    qtbot.keyClicks(card.editor.line, "1234")
    page.foot.save.click()
    opened.ready()
    assert card.editor.has_problem()
    assert book.outbox() == ()
    card.editor.line.clear()
    qtbot.keyClicks(card.editor.line, "154 0000 1212")
    page.foot.save.click()
    opened.ready()
    assert book.fields(book.who)["phone"] == "+8615400001212"
    assert page.view.name == "客户乙"  # one field stays open; the next customer is shown


def test_digits_typed_into_a_field_choose_nothing(book, opened, qtbot):
    page = enter(opened)
    card = page.card_of(book.called)
    card.write_another()
    qtbot.keyClicks(card.editor.line, "12mt")
    assert [c.choice for c in page.cards if c is not card] == [""]
    assert card.editor.text().endswith("12mt")


def test_choices_survive_a_look_at_another_customer(book, opened):
    page = enter(opened)
    opened.press(KEY.Key_1)
    opened.screen.settling.step(1)
    opened.ready()
    opened.screen.settling.step(-1)
    opened.ready()
    assert [card.choice for card in page.cards] == ["mine", ""]


def test_an_edit_handed_over_is_taken_with_one_button(book, opened):
    page = enter(opened)
    opened.screen.settling.step(1)
    opened.ready()
    page.entries[0].buttons["take"].click()
    opened.ready()
    assert book.fields(book.other)["village"] == "石湾"


def test_a_removed_record_can_only_be_taken_as_removed_and_its_text_copied(laptop, opened):
    who = put("customer", name="客户甲")
    gone = conflict(
        "018f0000-0000-7000-8000-00000000000a",
        "summary",
        "旧",
        "新的内容",
        None,
        kind="visit",
        root=who[1],
    )
    bring(laptop, who, gone, a_colleague())
    (card,) = enter(opened).cards
    assert [option.isEnabled() for option in card.cards] == [False, True]
    assert card.cards[1].shown_text() == "Removed"
    opened.press(KEY.Key_1)
    assert card.choice == ""
    card.copy_button.click()
    assert QGuiApplication.clipboard().text() == "新的内容"
    opened.press(KEY.Key_T)
    opened.page.foot.save.click()
    opened.ready()
    assert laptop.fields(gone[1])["state"] == "theirs"


def refuse(laptop, operation, reason, facts="{}"):
    laptop.write(
        "UPDATE op SET state='aside', outcome='refused', reason=?, facts=? WHERE id=?",
        reason,
        facts,
        operation,
    )


def test_a_refused_edit_is_let_go_at_once_and_can_be_taken_back(laptop, opened):
    who = laptop.create("customer", name="客户甲")
    refused = laptop.edit(who, phone="+8615400001212")
    refuse(laptop, refused, "stream.read_only")
    (entry,) = enter(opened).entries
    assert "change" in entry.view.note
    assert entry.view.lines[0].values[-1].text == "154****1212"
    entry.buttons["let_go"].click()
    opened.ready()
    assert laptop.states() == ["queued", "let_go"]
    assert opened.page.view is None  # nothing is left to settle
    opened.desk.undo.take_undo().undo()
    assert laptop.states() == ["queued", "aside"]


def test_a_refusal_says_its_reason_with_its_facts(laptop, opened):
    who = laptop.create("customer", name="客户甲")
    refused = laptop.edit(who, village="很长的村名")
    refuse(laptop, refused, "field.too_long village", '{"field": "village", "limit": 40}')
    (entry,) = enter(opened).entries
    assert "Village" in entry.view.note
    assert "40" in entry.view.note


def test_edit_again_opens_the_form_with_what_was_refused(laptop, opened):
    who = laptop.create("customer", name="客户甲")
    refused = laptop.edit(who, village="石湾", note="口信")
    refuse(laptop, refused, "field.too_long village", '{"field": "village", "limit": 40}')
    (entry,) = enter(opened).entries
    entry.buttons["again"].click()
    opened.ready()
    (screen, what) = opened.gone[-1]
    assert (screen, what["form"].customer, what["form"].field) == ("customers", who, "village")
    with laptop.replica.reader() as reader:
        assert reader.draft("customer", who).values == {"village": "石湾", "note": "口信"}
    assert laptop.states()[-1] == "let_go"


def test_in_a_narrow_window_one_pane_is_shown_and_settled_fields_fold(book, opened):
    opened.screen.fit("compact")
    page = enter(opened)
    assert not page._detail.isVisible()
    opened.press(KEY.Key_Return)
    assert page._detail.isVisible()
    assert not page.list.isVisible()
    assert opened.screen.heading()[0] == "客户甲"
    opened.press(KEY.Key_1)
    first = page.cards[0]
    assert not first.change_button.isHidden()
    assert first._whole.isHidden()
    assert opened.screen.back()
    assert page.list.isVisible()


def test_every_row_tells_a_screen_reader_its_state(book, opened):
    page = enter(opened)
    opened.press(KEY.Key_1)
    model = page.list.cases
    said = model.index(1).data(Qt.ItemDataRole.AccessibleTextRole)
    assert "客户甲" in said
    assert "1/2 settled" in said
    assert "Changed by two" in said


# --- which first, and why -----------------------------------------------------------------------


@pytest.fixture
def street(laptop):
    """Four customers, each with one contested field; their ids by what is contested."""
    entries, laptop.by = [a_colleague()], {}
    told = {
        "note": ("客户一", {}, ("旧", "新", "别"), "2026-03-01T02:30:00.000Z[+08:00]"),
        "village": ("客户二", {}, ("石湾", "大浦", "新塘"), "2026-03-02T02:30:00.000Z[+08:00]"),
        "phone": ("客户三", {}, ("+8615400005521", "+8615400008834", "+8615400006776"), None),
        "honorific": ("客户四", {"tier": "high"}, ("陈女士", "陈老师", "陈阿姨"), None),
    }
    for field, (name, more, (base, mine, theirs), at) in told.items():
        who = put("customer", name=name, **{field: theirs}, **more)
        when = {"mine_at": at, "theirs_at": at} if at else {}
        entries += [who, conflict(who[1], field, base, mine, theirs, root=who[1], **when)]
        laptop.by[field] = who[1]
    bring(laptop, *entries)
    return laptop


def names(page):
    return [row.title for row in page.list.cases.rows if row.key]


def test_high_value_comes_first_then_phones_then_what_waits_longest_and_it_is_said(street, opened):
    page = enter(opened)
    assert names(page) == ["客户四", "客户三", "客户一", "客户二"]
    reasons = [row.why for row in page.list.cases.rows if row.key]
    assert reasons == ["High value", "Phone", "", ""]
    said = page._glance.text()
    assert said.startswith("4 decisions · 1 high-value customer · 1 about identity, phone or money")
    assert "high-value customers come first" in page._order.text()


def test_several_are_settled_together_and_one_undo_takes_all_of_it_back(street, opened):
    page = enter(opened)
    page.select_all.click()
    opened.ready()
    assert page.many.title == "4 customers selected"
    page.list.setFocus()
    opened.press(KEY.Key_T)
    assert "0 × mine, 4 × theirs" in page.many.said
    opened.press(KEY.Key_M)
    page.foot.save.click()
    opened.ready()
    assert names(page) == []
    assert street.fields(street.by["village"])["village"] == "大浦"
    groups = {line[0] for line in street.rows("SELECT group_id FROM op")}
    assert len(groups) == 4  # one a customer
    opened.desk.undo.take_undo().undo()
    opened.screen.refresh()
    opened.ready()
    assert len(names(page)) == 4
    assert street.fields(street.by["village"])["village"] == "新塘"


def test_two_of_many_are_picked_with_shift_and_the_rest_stays(street, opened):
    page = enter(opened)
    page.list.setFocus()
    opened.press(KEY.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    opened.ready()
    assert [whom for whom, _ in page.many.lines] == ["客户四", "客户三"]
    opened.press(KEY.Key_T)
    opened.press(KEY.Key_Return, Qt.KeyboardModifier.ControlModifier)
    opened.ready()
    assert names(page) == ["客户一", "客户二"]
    assert page.many is None
    assert page.view.name == "客户一"


# --- half-made choices --------------------------------------------------------------------------


def test_half_made_choices_survive_a_lock(book, opened, qtbot):
    page = enter(opened)
    called = page.card_of(book.called)
    called.write_another()
    called.editor.set_text("陈奶奶")
    called.written.emit(book.called, "陈奶奶")
    page.card_of(book.phone).take(0)
    opened.screen.lock()
    opened.ready()
    assert page.view is None
    again = SyncScreen(opened.desk)
    qtbot.addWidget(again)
    again.resize(1270, 620)
    again.show()
    again.enter({"tab": "to_settle"})
    qtbot.waitUntil(lambda: opened.desk.jobs.idle() and len(again.settle_page.cards) == 2)
    opened.ready()
    assert [card.choice for card in again.settle_page.cards] == ["other", "mine"]
    assert again.settle_page.cards[0].editor.text() == "陈奶奶"
    again.settle_page.foot.save.click()
    opened.ready()
    assert book.rows("SELECT count(*) FROM draft") == [(0,)]
    assert book.fields(book.who)["honorific"] == "陈奶奶"


def test_a_choice_is_kept_after_two_seconds_without_being_asked(book, opened, qtbot):
    opened.screen.settling.choices.timer.setInterval(20)
    enter(opened)
    opened.press(KEY.Key_2)
    qtbot.waitUntil(lambda: book.rows("SELECT record FROM draft") == [(book.called,)])
    opened.ready()


# --- the story ----------------------------------------------------------------------------------


def test_a_case_stands_in_its_customers_story(book, opened):
    book.create("visit", parent=book.who, state="completed", on="2026-03-17", summary="问存款")
    page = enter(opened)
    lines = {line.title: line for line in page.view.story}
    assert lines["Phone to settle"].here
    assert lines["Visit"].text == "问存款"
    assert not lines["Visit"].here


def test_two_decisions_about_one_field_are_shown_with_the_values_they_stand_for(laptop, opened):
    who = put("customer", name="客户甲", village="大浦")
    first = conflict(who[1], "village", "石湾", "大浦", "新塘", root=who[1], state="mine")
    about = conflict(first[1], "state", "open", "theirs", "mine", kind="conflict", root=who[1])
    bring(laptop, who, first, about, a_colleague())
    (card,) = enter(opened).cards
    assert card.view.label == "Village: settled in two ways"
    assert [option.shown_text() for option in card.cards] == ["新塘", "大浦"]
    opened.press(KEY.Key_1)
    opened.page.foot.save.click()
    opened.ready()
    assert laptop.fields(who[1])["village"] == "新塘"
    assert laptop.fields(first[1])["state"] == "theirs"


def test_in_a_narrow_window_several_are_settled_too(street, opened):
    opened.screen.fit("compact")
    page = enter(opened)
    page.select_all.click()
    opened.ready()
    assert page.foot.isVisible()
    assert opened.screen.heading()[0] == "4 customers selected"
    page.foot.save.click()  # nothing is chosen yet: said, and nothing is saved
    opened.ready()
    assert page.many is not None
    opened.press(KEY.Key_T)
    page.foot.save.click()
    opened.ready()
    assert names(page) == []


def test_what_went_with_its_customer_is_listed_without_a_word_of_it(laptop, opened):
    """It is sealed: that it went is known here, and what it said no longer."""
    who = laptop.create("customer", name="客户甲")
    laptop.create("visit", parent=who, state="planned", on="2026-03-18", summary="存款")
    laptop.write(
        "UPDATE op SET state = 'echoed', outcome = 'diverted', sealed = 'AA==', fields = '{}'"
    )
    for table in ("customer", "visit", "shadow"):
        laptop.write(f"DELETE FROM {table}")
    page = enter(opened)
    assert page.view.key.startswith("elsewhere")
    assert len(page.view.entries) == 2
    assert "客户甲" not in str(page.view)
