"""The customer page's section on consents, by mouse and by keyboard."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from crm.domain.ids import new_id
from desktop.jobs.desk import Jobs
from desktop.services.preferences import PreferenceFile
from desktop.views.customer.consent_panel import ConsentPanel
from desktop.views.customer.page import make
from desktop.views.shell.desk import Desk
from desktop.views.shell.screen import WIDE
from tests.helpers.fakes import Laptop
from tests.helpers.offices import an_office
from tests.helpers.received import from_server

YES = {"decision": "granted", "purpose": "club", "channel": "any", "evidence": "signed_form"}


@pytest.fixture
def laptop(tmp_path):
    made = Laptop(tmp_path)
    yield made
    made.replica.close()


@pytest.fixture
def desk(qtbot, laptop):
    jobs = Jobs()
    yield Desk(an_office(laptop), jobs, PreferenceFile(laptop.folder))
    assert jobs.close()


@pytest.fixture
def page(qtbot, desk, stalls):
    with stalls.left_out():
        made = make(desk)
        qtbot.addWidget(made)
        made.resize(1000, 700)
        made.fit(WIDE)
        made.show()
    return made


@pytest.fixture
def opened(qtbot, desk):
    """What panels the page has opened."""
    panels = []

    def keep(panel):
        if panel is not None:
            qtbot.addWidget(panel)
            panel.show()
        panels.append(panel)

    desk.panel_wanted.connect(keep)
    return panels


def put(kind, parent=None, **fields):
    """One record as the server sends it."""
    record = new_id()
    return [0, record, kind, 1, parent, parent or record, fields, None]


def calm(qtbot, desk):
    qtbot.waitUntil(desk.jobs.idle, timeout=5000)


def a_customer(laptop, *statements, **fields):
    who = put("customer", name="客户甲", **{"birth_date": "1968-01-01", **fields})
    said = [put("consent", who[1], said_on="2026-01-10", **one) for one in statements]
    from_server(laptop, who, *said)
    return who[1]


def on_tab(qtbot, page, customer):
    with qtbot.waitSignal(page.loaded, timeout=5000):
        page.show_customer(customer)
    page.show_tab("consents")
    return page.consents


def told(tab):
    return {row.key: (row.right, row.detail) for row in tab.standing.rows}


def test_the_page_says_for_each_purpose_whether_and_why_not(qtbot, page, laptop):
    by_phone = {**YES, "purpose": "marketing", "channel": "phone"}
    customer = a_customer(laptop, YES, by_phone)
    tab = on_tab(qtbot, page, customer)
    found = told(tab)
    assert found["club"] == ("Allowed", "Agreed.")
    assert found["survey"] == ("Not allowed", "Never asked.")
    assert found["service"][0] == "Allowed"
    right, why = found["marketing"]
    assert right == "Some ways"
    assert why == "Phone: Agreed. The other ways: not asked."
    assert {row.title for row in tab.history.rows} == {
        "Agreed: Offers, Phone",
        "Agreed: Club activities, Every way",
    }
    assert not page.stopped.isVisible()


def test_space_on_a_consent_withdraws_it_and_the_page_says_so_at_once(
    qtbot,
    page,
    desk,
    laptop,
    opened,
):
    customer = a_customer(laptop, YES)
    tab = on_tab(qtbot, page, customer)
    keys = [row.key for row in tab.standing.rows]
    tab.standing.setCurrentIndex(tab.standing.model().index(keys.index("club"), 0))
    qtbot.keyClick(tab.standing, Qt.Key.Key_Space)
    panel = opened[-1]
    assert isinstance(panel, ConsentPanel)
    assert set(panel.fields_form.fields) == {"purpose", "channel", "said_on", "evidence_note"}
    panel.save_button.click()
    calm(qtbot, desk)
    page.refresh()
    calm(qtbot, desk)
    right, why = told(tab)["club"]
    assert right == "Not allowed"
    assert why.startswith("The customer withdrew the consent on")
    first = tab.history.rows[0]
    assert (first.title, first.mark) == ("Withdrawn: Club activities, Every way", "waiting")
    desk.undo.take_undo().undo()
    calm(qtbot, desk)
    page.refresh()
    calm(qtbot, desk)
    assert told(tab)["club"][0] == "Allowed"  # a slip: it had not left


def test_a_consent_without_evidence_is_told_beside_its_field_and_not_saved(
    qtbot,
    page,
    desk,
    laptop,
    opened,
):
    customer = a_customer(laptop)
    tab = on_tab(qtbot, page, customer)
    tab.now.action.click()
    panel = opened[-1]
    form = panel.fields_form
    assert "guardian_name" not in form.fields
    assert {form.fields["decision"].picker.itemData(n) for n in range(2)} <= {"granted", "refused"}
    form.set_texts({"purpose": "club", "channel": "any"})
    panel.save()
    calm(qtbot, desk)
    assert form.first_problem() == "evidence"
    form.set_texts({"evidence": "signed_form", "evidence_note": "2 号盒"})
    panel.save()
    calm(qtbot, desk)
    page.refresh()
    calm(qtbot, desk)
    assert told(tab)["club"] == ("Allowed", "Agreed.")
    assert tab.history.rows[0].detail == "Signed form, 2 号盒"


def test_for_a_child_the_form_asks_for_the_guardian(qtbot, page, desk, laptop, opened):
    customer = a_customer(laptop, YES, birth_date="2016-05-01")
    tab = on_tab(qtbot, page, customer)
    assert told(tab)["club"] == (
        "Not allowed",
        "Under 14: a parent or another guardian must agree.",
    )
    tab.standing.opened.emit("club")
    panel = opened[-1]
    panel.fields_form.set_texts({"channel": "any", "evidence": "signed_form"})
    panel.save()
    calm(qtbot, desk)
    assert panel.fields_form.first_problem() == "guardian_name"
    panel.fields_form.set_texts({"guardian_name": "某母", "guardian_relation": "parent"})
    panel.save()
    calm(qtbot, desk)
    page.refresh()
    calm(qtbot, desk)
    assert told(tab)["club"][0] == "Allowed"
    assert "guardian 某母 (Parent)" in tab.history.rows[0].detail


def test_a_statement_opens_to_be_read_and_never_to_be_changed(
    qtbot,
    page,
    desk,
    laptop,
    opened,
):
    customer = a_customer(laptop, YES)
    tab = on_tab(qtbot, page, customer)
    tab.history.opened.emit(tab.history.rows[0].key)
    calm(qtbot, desk)
    assert not any(line.line.editable for line in opened[-1].lines.values())


def test_over_a_customer_whose_data_may_not_be_used_a_banner_says_so(qtbot, page, laptop):
    customer = a_customer(laptop, YES, restricted_on="2026-03-01", restricted_reason="本人要求")
    tab = on_tab(qtbot, page, customer)
    assert page.stopped.isVisible()
    assert {right for right, _ in told(tab).values()} == {"Not allowed"}
    assert not any(row.action for row in tab.standing.rows)


def test_the_lock_leaves_nothing_of_what_was_said(qtbot, page, laptop):
    customer = a_customer(laptop, {**YES, "evidence_note": "某处"})
    tab = on_tab(qtbot, page, customer)
    page.lock()
    assert list(tab.standing.rows) == []
    assert list(tab.history.rows) == []
