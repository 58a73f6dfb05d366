"""Recording a visit by keyboard: judging, drafts, saving, undo, going on to the next."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from desktop.jobs.desk import Jobs
from desktop.services.drafts import VISIT_FORM, draft, save_draft
from desktop.services.preferences import PreferenceFile
from desktop.services.visits import visits_of
from desktop.views.parts.basics import row
from desktop.views.shell.desk import Desk
from desktop.views.visit.panel import open_visit
from tests.helpers.fakes import Laptop
from tests.helpers.full_disk import full_disk
from tests.helpers.offices import an_office
from tests.helpers.received import HOME, from_server

WHO = "01900000-0000-7000-8000-000000000001"
WED = "2026-03-18"


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path)
    fields = {"name": "客户甲", "village": "石湾社区"}
    from_server(made, [0, WHO, "customer", 3, None, WHO, fields, None], stream=HOME)
    yield made
    made.replica.close()


@pytest.fixture
def desk(laptop):
    jobs = Jobs()
    made = Desk(an_office(laptop), jobs, PreferenceFile(laptop.folder))
    made.told, made.went, made.closed, made.faults = [], [], [], []
    made.toast_wanted.connect(lambda text, undo, good: made.told.append((text, undo, good)))
    made.go_wanted.connect(lambda *where: made.went.append(where))
    made.panel_wanted.connect(lambda panel: made.closed.append(panel is None))
    made.fault.connect(made.faults.append)
    yield made
    assert jobs.close()
    assert made.faults == []


@pytest.fixture
def opened(qtbot, desk, stalls):
    """Open the form in a window that has the focus; return a function that opens it again."""
    window = QWidget()
    window.setLayout(row())
    qtbot.addWidget(window)
    window.resize(460, 700)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    def open_it(**what):
        with stalls.left_out():
            form = open_visit(desk, WHO, **what)
            window.layout().addWidget(form)
            form.show()
            form.focus_begin()
        calm(qtbot, desk)
        return form

    return open_it


def calm(qtbot, desk):
    qtbot.waitUntil(desk.jobs.idle, timeout=5000)


def focused():
    return QApplication.focusWidget()


def saved_visits(laptop):
    return [dict(held.fields) for held in visits_of(laptop.replica.reader, WHO)]


def press(qtbot, key, modifier=Qt.KeyboardModifier.NoModifier):
    qtbot.keyClick(focused(), key, modifier)


def leave(form, name, text):
    field = form.fields[name]
    field.set_text(text)
    field.edited.emit()
    field.left.emit()


def test_the_keyboard_alone_records_a_visit_with_its_next_step(qtbot, desk, laptop, opened):
    form = opened()
    assert form.on.text() == WED
    press(qtbot, Qt.Key.Key_Right)  # from a visit to a call
    press(qtbot, Qt.Key.Key_Tab)
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.keyClicks(focused(), "education")
    press(qtbot, Qt.Key.Key_Return)
    qtbot.keyClicks(focused(), "tractor")
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.keyClicks(focused(), "asked for rates")
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.keyClicks(focused(), "call again")
    press(qtbot, Qt.Key.Key_Tab)
    qtbot.keyClicks(focused(), "2026-03-20")
    press(qtbot, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    calm(qtbot, desk)
    (visit,) = saved_visits(laptop)
    assert (visit["on"], visit["channel"], visit["state"]) == (WED, "phone", "completed")
    assert (visit["needs"], visit["summary"]) == (["education", "tractor"], "asked for rates")
    with laptop.replica.reader() as reader:
        (task,) = reader.children(WHO, "task")
    assert (task.fields["title"], task.fields["due_on"]) == ("call again", "2026-03-20")
    assert desk.told[-1][1:] == (True, True)
    assert "客户甲" in desk.told[-1][0]
    assert desk.closed == [False, True]


def test_undo_takes_visit_and_task_back_and_redo_brings_them_again(qtbot, desk, laptop, opened):
    form = opened()
    leave(form, "next_step", "call again")
    form.presenter.save(go_on=False)
    calm(qtbot, desk)
    step = desk.undo.take_undo()
    step.undo()
    assert saved_visits(laptop) == []
    step.redo()
    assert [visit["next_step"] for visit in saved_visits(laptop)] == ["call again"]


def test_a_day_that_is_past_is_told_on_leaving_with_a_working_day_instead(qtbot, desk, opened):
    form = opened()
    leave(form, "next_on", "2026-03-08")
    assert form.next_on.has_problem()
    assert "8 Mar" in form.next_on.editor.accessibleDescription()
    assert form.next_on._fix.text() == "Use Friday 20 March"
    form.next_on._fix.click()
    assert form.next_on.text() == "2026-03-20"
    assert not form.next_on.has_problem()


def test_saving_with_a_problem_tells_it_above_and_goes_to_the_field(qtbot, desk, laptop, opened):
    form = opened()
    form.put({"next_on": "2026-03-08"})
    form.presenter.save(go_on=False)
    calm(qtbot, desk)
    assert saved_visits(laptop) == []
    assert form._problems.isVisible()
    assert "Next step on" in form._summary.text()
    assert focused() is form.next_on.line
    assert form.save_button.isEnabled()
    leave(form, "next_on", "2026-03-20")
    assert not form._problems.isVisible()


def test_a_missing_date_is_not_told_before_saving(qtbot, desk, opened):
    form = opened()
    leave(form, "on", "")
    assert not form.on.has_problem()
    form.presenter.save(go_on=False)
    calm(qtbot, desk)
    assert form.on.has_problem()


def test_esc_closes_and_keeps_the_draft_which_the_next_form_shows(qtbot, desk, laptop, opened):
    form = opened()
    leave(form, "summary", "half a sentence")
    press(qtbot, Qt.Key.Key_Escape)
    calm(qtbot, desk)
    assert desk.closed[-1] is True
    assert draft(laptop.replica.reader, VISIT_FORM, WHO).values["summary"] == "half a sentence"
    again = opened()
    assert again.summary.text() == "half a sentence"
    assert again.notice.isVisible()
    again.notice.action_asked.emit()
    calm(qtbot, desk)
    assert again.summary.text() == ""
    assert draft(laptop.replica.reader, VISIT_FORM, WHO) is None


def test_a_draft_is_kept_without_leaving_the_field(qtbot, desk, laptop, opened):
    form = opened()
    form.presenter._timer.setInterval(1)
    form.summary.focus()
    qtbot.keyClicks(focused(), "x")
    reader = laptop.replica.reader
    qtbot.waitUntil(lambda: draft(reader, VISIT_FORM, WHO) is not None)
    assert draft(reader, VISIT_FORM, WHO).values["summary"] == "x"


def test_locking_keeps_what_was_just_typed(qtbot, desk, laptop, opened):
    form = opened()
    form.summary.focus()
    qtbot.keyClicks(focused(), "x")
    form.keep_draft()
    assert desk.jobs.close()
    assert draft(laptop.replica.reader, VISIT_FORM, WHO).values["summary"] == "x"


def test_saving_drops_the_draft_and_leaves_none_behind(qtbot, desk, laptop, opened):
    save_draft(laptop.replica.unit_of_work, VISIT_FORM, WHO, {"summary": "kept"})
    form = opened()
    leave(form, "place", "at home")
    form.presenter.save(go_on=False)
    form.hide()
    calm(qtbot, desk)
    assert draft(laptop.replica.reader, VISIT_FORM, WHO) is None
    assert saved_visits(laptop)[0]["summary"] == "kept"


def test_a_form_that_was_not_touched_leaves_no_draft(qtbot, desk, laptop, opened):
    opened()
    press(qtbot, Qt.Key.Key_Escape)
    calm(qtbot, desk)
    assert draft(laptop.replica.reader, VISIT_FORM, WHO) is None
    assert desk.told == []


def test_ctrl_enter_saves_and_asks_for_who_is_next(qtbot, desk, laptop, opened):
    form = opened()
    leave(form, "summary", "talked")
    press(qtbot, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    calm(qtbot, desk)
    assert len(saved_visits(laptop)) == 1
    assert desk.went == [("customers", {"visit_after": WHO})]


def test_a_visit_can_be_changed_and_only_what_differs_is_saved(qtbot, desk, laptop, opened):
    with laptop.replica.unit_of_work() as uow:
        fields = {"on": "2026-03-01", "state": "reviewed", "needs": ["a", "b"]}
        visit = uow.create("visit", fields, parent=WHO)
        uow.commit()
    form = opened(visit_id=visit, state="reviewed")
    assert (form.state.text(), form.needs.words()) == ("reviewed", ["a", "b"])
    leave(form, "summary", "added later")
    form.presenter.save(go_on=False)
    calm(qtbot, desk)
    (held,) = saved_visits(laptop)
    assert held == {**fields, "summary": "added later"}


def test_a_planned_visit_is_completed_and_its_next_step_becomes_a_task_once(
    qtbot, desk, laptop, opened
):
    with laptop.replica.unit_of_work() as uow:
        visit = uow.create("visit", {"on": "2026-03-17", "state": "planned"}, parent=WHO)
        uow.commit()
    form = opened(visit_id=visit, state="planned")
    form.state.set_text("completed")
    leave(form, "next_step", "Call back")
    form.presenter.save(go_on=False)
    calm(qtbot, desk)
    with laptop.replica.reader() as reader:
        (task,) = reader.children(WHO, "task")
    assert (task.fields["title"], task.fields["visit"]) == ("Call back", visit)
    form = opened(visit_id=visit, state="completed")
    leave(form, "next_step", "Call back soon")
    form.presenter.save(go_on=False)
    calm(qtbot, desk)
    with laptop.replica.reader() as reader:
        assert len(reader.children(WHO, "task")) == 1
    desk.undo.take_undo().undo()
    desk.undo.take_undo().undo()
    assert saved_visits(laptop) == [{"on": "2026-03-17", "state": "planned"}]


def test_the_form_stands_in_two_columns_where_there_is_room(qtbot, desk, opened):
    form = opened()
    assert form.summary.x() == form.channel.x()
    form.window().resize(820, 420)
    qtbot.waitUntil(lambda: form.summary.x() > form.channel.x())
    assert form.summary.y() <= form.channel.y()


def test_segments_break_into_rows_instead_of_being_cut(qtbot, desk, opened):
    form = opened()
    whole = form.channel.segments
    before = whole.height()
    whole.resize(200, before)
    assert whole.height() > before
    for key in form._channels:
        button = whole.button(key)
        assert button.width() >= button.fontMetrics().horizontalAdvance(button.text())
        assert whole.rect().contains(button.geometry())


def test_what_is_offered_as_next_step_can_be_taken(qtbot, desk, laptop, opened):
    with laptop.replica.unit_of_work() as uow:
        fields = {"on": "2026-03-01", "state": "completed", "next_step": "as last time"}
        uow.create("visit", fields, parent=WHO)
        uow.commit()
    form = opened()
    offers = form.next_step.fill_menu().actions()
    assert [offer.text() for offer in offers] == ["as last time", *form.usual_steps()]
    with qtbot.waitSignal(form.edited, timeout=1000):
        offers[0].trigger()
    assert form.next_step.text() == "as last time"


def test_every_field_has_a_name_for_a_screen_reader(qtbot, desk, opened):
    form = opened()
    names = [field.label() for field in form.fields.values()]
    assert all(names)
    assert form.next_step.line.accessibleName() == "Next step"
    assert form.needs.line.accessibleName() == "Needs heard"
    assert form.accessibleName() == "Record visit"


def test_a_draft_that_found_no_room_is_kept_once_there_is_some(qtbot, desk, laptop, opened):
    form = opened()
    form.summary.set_text("half a sentence")
    with full_disk():
        press(qtbot, Qt.Key.Key_Escape)
        calm(qtbot, desk)
    assert desk.closed == [False]
    assert form.summary.text() == "half a sentence"
    press(qtbot, Qt.Key.Key_Escape)
    calm(qtbot, desk)
    assert desk.closed == [False, True]
    assert draft(laptop.replica.reader, VISIT_FORM, WHO).values["summary"] == "half a sentence"


def test_locking_right_after_saving_loses_no_word_of_a_refused_visit(qtbot, desk, laptop, opened):
    form = opened()
    form.put({"next_on": "2026-03-08", "summary": "x"})
    form.presenter.save(go_on=False)
    form.keep_draft()
    assert desk.jobs.close()
    assert draft(laptop.replica.reader, VISIT_FORM, WHO).values["summary"] == "x"
