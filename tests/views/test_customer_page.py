"""One customer from all sides: reading, editing in place, masking, marks, undo, locking."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit

from crm.domain.errors import Refused
from crm.domain.ids import new_id
from desktop.jobs.desk import Jobs
from desktop.services.preferences import PreferenceFile
from desktop.views.customer.history import open_history
from desktop.views.customer.page import make
from desktop.views.customer.record_panel import open_record
from desktop.views.customer.reveal import Reveal
from desktop.views.parts.buttons import Button
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import COMPACT, WIDE
from tests.helpers import walking
from tests.helpers.fakes import Laptop
from tests.helpers.full_disk import full_disk
from tests.helpers.offices import PERSON, an_office
from tests.helpers.reasons import Answering
from tests.helpers.received import from_server

PHONE = "+8615400001234"
PLAIN = "154 0000 1234"
MASKED = "154****1234"


def put(kind, parent=None, root=None, **fields):
    """One record as the server sends it."""
    record = new_id()
    return [0, record, kind, 1, parent, root or parent or record, fields, None]


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path, user=PERSON.user)
    yield made
    made.replica.close()


@pytest.fixture
def desk(qtbot, laptop):
    jobs = Jobs()
    made = Desk(an_office(laptop), jobs, PreferenceFile(laptop.folder))
    made.faults = []
    made.fault.connect(made.faults.append)
    made.person = Answering(made)
    yield made
    assert jobs.close()
    assert made.faults == []


@pytest.fixture
def page(qtbot, desk, stalls):
    with stalls.left_out():
        made = make(desk)
        qtbot.addWidget(made)
        made.resize(1000, 700)
        made.fit(WIDE)
        made.show()
    return made


def calm(qtbot, desk):
    qtbot.waitUntil(desk.jobs.idle, timeout=5000)


def show(qtbot, page, customer):
    with qtbot.waitSignal(page.loaded, timeout=5000):
        page.show_customer(customer)


def words_of(page):
    """Everything that can be read anywhere on the page."""
    said = [label.text() for label in page.findChildren(QLabel)]
    said += [line.text() for line in page.findChildren(QLineEdit)]
    for view in (page.accounts.view, page.family.view, page.overview.tasks.view):
        said += [row.words for row in view.rows]
    said += [item.words for item in page.timeline.items]
    said += [widget.accessibleName() for widget in page.findChildren(QLabel)]
    said += [line.accessibleName() for line in page.lines()]
    return " | ".join(said)


@pytest.fixture
def farmer(laptop):
    """A customer with something of everything."""
    who = put(
        "customer",
        name="客户甲",
        phone=PHONE,
        tier="high",
        gender="male",
        birth_date="1968-01-01",
        address="湖南省衡东县石湾镇 3 组",
        postcode="421411",
    )
    home = put("household", who[1], name="甲家")
    from_server(
        laptop,
        who,
        home,
        put("household_member", home[1], who[1], relation="head", customer=who[1]),
        put("household_member", home[1], who[1], relation="child", name="小甲"),
        put("contact_point", who[1], type="wechat", value="somebody-1234"),
        put(
            "account",
            who[1],
            number="62170000000000017",
            type="fixed_term",
            currency="CNY",
            balance_minor=30_000_000,
            matures_on="2026-03-19",
        ),
        put("tag", who[1], label="种粮大户"),
        put("task", who[1], title="回电", state="open", due_on="2026-03-20"),
        put("visit", who[1], state="completed", on="2026-02-04", channel="visit", summary="谈存单"),
    )
    return who[1]


def test_a_customer_is_shown_from_all_sides(qtbot, page, farmer):
    show(qtbot, page, farmer)
    said = words_of(page)
    for words in ("客户甲", "High", "¥300,000", "42 days ago", "421411", "小甲", "回电", "谈存单"):
        assert words in said or words in page.head.accessibleName()
    assert page.head.accessibleName() == "客户甲, High, Male, 58"
    assert [row.right for row in page.accounts.view.rows] == ["tomorrow"]
    titles = [item.title for item in page.timeline.items]
    assert [title for title in titles if title != "Added as a customer"] == [
        "To do",
        "Visit at home",
    ]


def test_a_hand_over_is_told_by_its_label_and_opened_for_reading_only(qtbot, page, laptop):
    who = put("customer", name="客户甲")
    handed = put(
        "hand_over",
        who[1],
        from_manager=who[1],
        from_name="李华",
        to_manager=who[1],
        to_name="王敏",
        by=who[1],
        at="2026-03-17T01:00:00.000Z[+08:00]",
        reason="调岗",
    )
    from_server(laptop, who, handed)
    show(qtbot, page, who[1])
    item = next(i for i in page.timeline.items if i.kind == "hand_over")
    assert (item.title, item.icon) == ("Hand-over", "handshake")
    assert item.text == "from 李华 to 王敏, 调岗"
    with laptop.replica.unit_of_work() as uow, pytest.raises(Refused):
        uow.edit(handed[1], {"reason": "别的"})


def test_masked_values_are_nowhere_in_clear_until_one_is_shown(qtbot, desk, page, farmer):
    show(qtbot, page, farmer)
    line = page.overview.own_line("phone")
    assert line.line.text == MASKED
    said = words_of(page)
    assert PHONE not in said
    assert PLAIN not in said
    assert "62170000000000017" not in said
    line.reveal_asked.emit(farmer, "phone")
    assert PLAIN not in words_of(page)  # not before it stands in the access log
    calm(qtbot, desk)
    assert PLAIN in words_of(page)
    account = page.accounts.view.rows[0].key
    page.accounts.view.action_asked.emit(account)
    calm(qtbot, desk)
    assert "62170000000000017" in words_of(page)
    assert PLAIN not in words_of(page)  # one at a time


def test_what_is_shown_in_clear_hides_itself(qtbot):
    reveal = Reveal(shown_for_ms=1)
    reveal.show("r", "phone")
    assert reveal.is_shown("r", "phone")
    with qtbot.waitSignal(reveal.changed, timeout=1000):
        pass
    assert not reveal.is_shown("r", "phone")


def test_another_customer_or_the_lock_hides_what_was_shown(qtbot, desk, page, laptop, farmer):
    other = laptop.create("customer", name="客户乙", phone="+8615400005678")
    show(qtbot, page, farmer)
    page.overview.own_line("phone").reveal_asked.emit(farmer, "phone")
    calm(qtbot, desk)
    show(qtbot, page, other)
    show(qtbot, page, farmer)
    assert page.overview.own_line("phone").line.text == MASKED
    page.overview.own_line("phone").reveal_asked.emit(farmer, "phone")
    calm(qtbot, desk)
    page.lock()
    assert not page.shows_somebody
    assert not page._presenter.reveal.is_shown(farmer, "phone")


def test_what_was_shown_stays_until_the_next_customer_is_there(qtbot, page, laptop, farmer):
    other = laptop.create("customer", name="客户乙")
    show(qtbot, page, farmer)
    page.show_customer(other)
    assert page.shows_somebody
    assert "客户甲" in page.head.accessibleName()
    with qtbot.waitSignal(page.loaded, timeout=5000) as told:
        pass
    assert told.args == [other]
    assert "客户乙" in page.head.accessibleName()


def begin(page, field, text):
    line = page.overview.own_line(field)
    line.setFocus()
    line.edit()
    line.editor.set_text(text)
    return line


def test_enter_saves_in_place_and_the_mark_stands_beside_it(qtbot, page, desk, laptop, farmer):
    show(qtbot, page, farmer)
    line = page.overview.own_line("honorific")
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_F2)
    qtbot.keyClicks(line.editor.editor, "Boss Zhao")
    with qtbot.waitSignal(page.loaded, timeout=5000):
        qtbot.keyClick(line.editor.editor, Qt.Key.Key_Return)
    assert laptop.fields(farmer)["honorific"] == "Boss Zhao"
    assert (line.editing, line.line.text, line.line.mark) == (False, "Boss Zhao", "waiting")
    undoing = desk.undo.take_undo()
    undoing.undo()
    assert "honorific" not in laptop.fields(farmer)
    undoing.redo()
    assert laptop.fields(farmer)["honorific"] == "Boss Zhao"


def test_escape_restores_and_saves_nothing(qtbot, page, desk, laptop, farmer):
    show(qtbot, page, farmer)
    line = begin(page, "postcode", "999")
    qtbot.keyClick(line.editor.editor, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not line.editing)
    calm(qtbot, desk)
    assert line.line.text == laptop.fields(farmer)["postcode"] == "421411"
    assert laptop.outbox() == ()


def test_tab_saves_and_goes_on_to_the_next_line(qtbot, page, desk, laptop, farmer):
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    show(qtbot, page, farmer)
    line = begin(page, "village", "石湾村")
    qtbot.keyClick(line.editor.editor, Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: not line.editing, timeout=5000)
    calm(qtbot, desk)
    assert laptop.fields(farmer)["village"] == "石湾村"
    assert page.overview.own_line("postcode").hasFocus()


def test_a_problem_stands_beside_the_field_and_keeps_what_was_typed(
    qtbot, page, desk, laptop, farmer
):
    show(qtbot, page, farmer)
    line = begin(page, "postcode", "999")
    line.commit()
    calm(qtbot, desk)
    assert line.editing
    assert line.editor.text() == "999"
    assert "postcode" in line.editor.editor.accessibleDescription().lower()
    assert laptop.fields(farmer)["postcode"] == "421411"


def test_a_repair_is_offered_and_taken_by_one_press(qtbot, page, desk, laptop, farmer):
    show(qtbot, page, farmer)
    line = begin(page, "next_contact_on", "2026-03-08")
    line.commit()
    calm(qtbot, desk)
    link = next(b for b in line.findChildren(Button) if b.text() == "Use Friday 20 March")
    qtbot.mouseClick(link, Qt.MouseButton.LeftButton)
    calm(qtbot, desk)
    assert laptop.fields(farmer)["next_contact_on"] == "2026-03-20"
    assert not line.editing


def test_what_found_no_room_stays_in_its_editor_and_can_be_saved_again(
    qtbot, page, desk, laptop, farmer
):
    show(qtbot, page, farmer)
    line = begin(page, "occupation", "茶农")
    with full_disk():
        line.commit()
        calm(qtbot, desk)
    assert line.editor.text() == "茶农"
    line.commit()
    calm(qtbot, desk)
    assert laptop.fields(farmer)["occupation"] == "茶农"
    assert not line.editing


def test_half_typed_text_is_saved_when_the_customer_changes(qtbot, page, desk, laptop, farmer):
    other = laptop.create("customer", name="客户乙")
    show(qtbot, page, farmer)
    begin(page, "honorific", "赵老板")
    show(qtbot, page, other)
    calm(qtbot, desk)
    assert laptop.fields(farmer)["honorific"] == "赵老板"
    assert "honorific" not in laptop.fields(other)


def test_what_is_refused_after_the_customer_has_changed_is_told(qtbot, page, desk, laptop, farmer):
    told = []
    desk.toast_wanted.connect(lambda text, undo, good: told.append((text, good)))
    other = laptop.create("customer", name="客户乙")
    show(qtbot, page, farmer)
    line = begin(page, "postcode", "42")
    page.show_customer(other)
    assert not line.editing
    calm(qtbot, desk)
    ((text, good),) = told
    assert text.startswith("Postcode was not saved: ")
    assert not good
    assert laptop.fields(farmer)["postcode"] == "421411"


def test_what_is_refused_after_its_panel_has_gone_is_told(qtbot, page, desk, laptop, farmer):
    told = []
    desk.toast_wanted.connect(lambda text, undo, good: told.append(text))
    show(qtbot, page, farmer)
    with laptop.replica.reader() as reader:
        visit = reader.children(farmer, "visit")[0]
    panel = open_record(desk, visit)
    calm(qtbot, desk)
    panel.lines["on"].edit()
    panel.lines["on"].editor.set_text("never")
    panel.keep_draft()
    shiboken6.delete(panel)
    calm(qtbot, desk)
    (text,) = told
    assert text.startswith("Date was not saved: ")


def test_the_filled_button_is_the_panels_while_one_is_open(qtbot, page, desk, farmer):
    show(qtbot, page, farmer)
    assert page.head.visit.kind == "primary"
    panel = open_history(desk, farmer, "customer")
    qtbot.addWidget(panel)
    assert page.head.visit.kind == "plain"
    desk.close_panel()
    assert page.head.visit.kind == "primary"


def test_a_masked_value_is_shown_to_be_edited_and_unreadable_once_its_time_is_up(
    qtbot, desk, page, farmer
):
    show(qtbot, page, farmer)
    line = page.overview.own_line("phone")
    line.edit()
    calm(qtbot, desk)
    assert line.editor.text() == PLAIN
    page._presenter.reveal.end()
    assert not line.editing
    line.edit()
    calm(qtbot, desk)
    line.editor.set_text("154 0000 9999")
    page._presenter.reveal.end()
    assert line.editing
    assert line.editor.line.echoMode() == QLineEdit.EchoMode.Password


def test_a_tag_comes_and_goes_and_a_task_is_done(qtbot, page, desk, laptop, farmer):
    show(qtbot, page, farmer)
    page.head.tag_added.emit("茶友")
    calm(qtbot, desk)
    with laptop.replica.reader() as reader:
        tags = {held.fields["label"]: held.id for held in reader.children(farmer, "tag")}
        task = reader.children(farmer, "task")[0].id
    assert set(tags) == {"种粮大户", "茶友"}
    page.head.tag_removed.emit(tags["种粮大户"])
    page.overview.tasks.view.action_asked.emit(task)
    calm(qtbot, desk)
    assert laptop.fields(task)["state"] == "done"
    with laptop.replica.reader() as reader:
        assert [h.fields["label"] for h in reader.children(farmer, "tag")] == ["茶友"]
    assert page.overview.tasks.view.rows == ()


def test_what_is_contested_leads_to_where_it_is_settled(qtbot, page, desk, laptop):
    who = put("customer", name="客户丙", address="甲")
    from_server(
        laptop,
        who,
        put(
            "conflict",
            who[1],
            record=who[1],
            record_kind="customer",
            verb="edit",
            field="address",
            base='"甲"',
            mine='"乙"',
            theirs='"丙"',
            state="open",
        ),
    )
    show(qtbot, page, who[1])
    assert page.to_settle.isVisible()
    assert page.overview.own_line("address").line.mark == "to_settle"
    with qtbot.waitSignal(desk.go_wanted) as gone:
        page.to_settle.action_asked.emit()
    assert gone.args == ["sync", {"tab": "to_settle", "customer": who[1]}]


def test_a_customer_who_has_left_is_said_to_be_gone(qtbot, page, desk, laptop):
    made = laptop.create("customer", name="客户丁")
    show(qtbot, page, made)
    laptop.delete(made)
    page.refresh()
    qtbot.waitUntil(lambda: not page.shows_somebody, timeout=5000)
    assert "客户丁" not in page.head.accessibleName()
    assert "no longer" in page.nobody.accessibleName()


def test_five_hundred_visits_open_at_once(qtbot, page, laptop):
    """The GUI thread's share is watched by the fixture `stalls`."""
    who = put("customer", name="客户戊")
    first = date(2024, 1, 1)
    visits = [
        put(
            "visit",
            who[1],
            state="completed",
            on=(first + timedelta(days=number)).isoformat(),
            channel="phone",
            summary=f"第 {number} 次",
        )
        for number in range(500)
    ]
    from_server(laptop, who, *visits)
    show(qtbot, page, who[1])
    page.show_tab("timeline")
    visits = [item.text for item in page.timeline.items if item.kind == "visit"]
    assert (len(visits), visits[0]) == (500, "第 499 次")
    assert len(page.overview.timeline.items) < 10


def test_the_page_fits_every_width_and_names_every_control(qtbot, page, farmer):
    show(qtbot, page, farmer)
    assert page.overview.timeline_card.isVisible()
    assert walking.unnamed(page) == []
    assert walking.unreachable(page) == []
    page.fit(COMPACT)
    page.resize(826, 376)
    assert not page.overview.timeline_card.isVisible()
    assert page.head.back.isVisible()
    assert walking.cut(page) == []


def test_a_visit_opens_with_all_its_fields_and_is_edited_there(qtbot, page, desk, laptop, farmer):
    show(qtbot, page, farmer)
    with laptop.replica.reader() as reader:
        visit = reader.children(farmer, "visit")[0]
    panel = open_record(desk, visit)
    qtbot.addWidget(panel)
    panel.show()
    calm(qtbot, desk)
    assert panel.lines["summary"].line.text == "谈存单"
    panel.lines["summary"].save_asked.emit(visit.id, "summary", "谈三年存单")
    calm(qtbot, desk)
    assert laptop.fields(visit.id)["summary"] == "谈三年存单"
    assert (panel.lines["summary"].line.text, panel.lines["summary"].line.mark) == (
        "谈三年存单",
        "waiting",
    )


def test_a_visit_that_is_still_to_come_opens_to_be_recorded(qtbot, page, desk, laptop, farmer):
    panels = []
    desk.panel_wanted.connect(panels.append)
    visit = laptop.create("visit", parent=farmer, on="2026-03-17", state="planned")
    show(qtbot, page, farmer)
    page.timeline.opened.emit(visit)
    (panel,) = panels
    qtbot.addWidget(panel)
    calm(qtbot, desk)
    assert (panel.state.text(), panel.on.text()) == ("planned", "2026-03-17")


def test_the_history_tells_each_change_and_keeps_phones_masked(qtbot, desk, laptop, farmer):
    laptop.edit(farmer, phone="+8615400009876")
    laptop.edit(farmer, honorific="赵老板")
    panel = open_history(desk, farmer, "customer")
    qtbot.addWidget(panel)
    calm(qtbot, desk)
    titles = {row.title for row in panel.rows.rows}
    assert titles == {f"Phone: {MASKED} → 154****9876", "Form of address: — → 赵老板"}
    assert all(row.mark == "waiting" for row in panel.rows.rows)
    only = open_history(desk, farmer, "customer", "honorific")
    qtbot.addWidget(only)
    calm(qtbot, desk)
    assert [row.title for row in only.rows.rows] == ["— → 赵老板"]


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_a_choice_is_picked_from_its_list_in_place(qtbot, page, desk, laptop, farmer):
    page.activateWindow()
    qtbot.waitUntil(page.isActiveWindow)
    show(qtbot, page, farmer)
    line = page.overview.own_line("preferred_channel")
    line.setFocus()
    qtbot.keyClick(line, Qt.Key.Key_F2)
    offered = line.editor.picker.view()
    qtbot.waitUntil(offered.isVisible)
    qtbot.keyClick(offered, Qt.Key.Key_Down)
    qtbot.keyClick(offered, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not line.editing, timeout=5000)
    calm(qtbot, desk)
    assert laptop.fields(farmer)["preferred_channel"] == "phone"
